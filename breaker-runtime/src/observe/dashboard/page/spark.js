// Two minutes of calls as columns: succeeded below, failed above it, rejected (striped) on top; trips as flags.

const SPARK_HEIGHT = 48;
const TRIP_HEADROOM = 7;

/** Returns the columns up to `now`: steps that have passed since the last news are empty. */
const columnsAt = (spark, now) => {
  const passed = Math.min(Math.max(Math.floor((now - spark.end) / spark.step_ms), 0), SPARK_STEPS);
  return {
    succeeded: shifted(spark.succeeded, passed),
    failed: shifted(spark.failed, passed),
    rejected: shifted(spark.rejected, passed),
    trips: spark.trips.map((index) => index - passed).filter((index) => index >= 0),
  };
};

const sparkText = (columns) => {
  const sum = (values) => values.reduce((all, one) => all + one, 0);
  const trips = columns.trips.length;
  return `Last two minutes: ${count(sum(columns.succeeded))} succeeded, ${count(sum(columns.failed))} failed, ${count(sum(columns.rejected))} rejected${trips ? `, ${plural(trips, 'trip')}` : ''}`;
};

/** A sparkline; `plain` leaves out its headroom and flags, for a row of a table. */
const sparkline = ({ plain = false } = {}) => {
  const height = plain ? 22 : SPARK_HEIGHT;
  const paths = Object.fromEntries(
    OUTCOMES.map((outcome) => [outcome, svg('path', { class: outcome })]),
  );
  const trips = svg('path', { class: 'trip' });
  const flags = svg('path', { class: 'flag' });
  const node = svg(
    'svg',
    {
      viewBox: `0 0 ${SPARK_STEPS * 6} ${height}`,
      preserveAspectRatio: 'none',
      class: plain ? 'spark small' : 'spark',
      role: 'img',
      'aria-label': 'Last two minutes',
    },
    svg('path', { class: 'base', d: `M0 ${height - 0.5}h${SPARK_STEPS * 6}` }),
    ...OUTCOMES.map((outcome) => paths[outcome]),
    trips,
    flags,
  );
  const draw = (columns) => {
    const room = height - 1 - (plain ? 1 : TRIP_HEADROOM);
    let most = 1;
    for (let index = 0; index < SPARK_STEPS; index += 1)
      most = Math.max(most, columns.succeeded[index] + columns.failed[index] + columns.rejected[index]);
    const lines = { succeeded: '', failed: '', rejected: '' };
    for (let index = 0; index < SPARK_STEPS; index += 1) {
      let base = height - 1;
      for (const outcome of OUTCOMES) {
        const value = columns[outcome][index];
        if (!value) continue;
        // A single failure among thousands of calls has to be seen.
        const size = Math.max((value / most) * room, 1.5);
        lines[outcome] += `M${index * 6} ${base.toFixed(1)}v${(-size).toFixed(1)}h5v${size.toFixed(1)}z`;
        base -= size;
      }
    }
    for (const outcome of OUTCOMES) attr(paths[outcome], 'd', lines[outcome]);
    attr(
      trips,
      'd',
      columns.trips
        .map((index) => `M${index * 6 + 2.5} ${plain ? 0 : TRIP_HEADROOM}V${height - 1}`)
        .join(''),
    );
    attr(
      flags,
      'd',
      plain ? '' : columns.trips.map((index) => `M${index * 6 - 1} 0h7l-3.5 ${TRIP_HEADROOM}z`).join(''),
    );
    attr(node, 'aria-label', sparkText(columns));
  };
  return {
    node,
    update(spark, now) {
      attr(node, 'class', `${plain ? 'spark small' : 'spark'}${spark ? '' : ' none'}`);
      if (spark) draw(columnsAt(spark, now));
    },
  };
};
