// Trip reports: why a breaker opened, the calls before that, and what callers got while it was open.

const shortCause = (cause) => (cause ? cause.replace(/<.*>/, '').split('::').pop() : 'no cause given');

const causesText = (calls) => {
  const numbers = new Map();
  for (const { cause } of calls.filter(({ result }) => result === 'failure'))
    numbers.set(shortCause(cause), (numbers.get(shortCause(cause)) ?? 0) + 1);
  return [...numbers]
    .sort((left, right) => right[1] - left[1])
    .map(([cause, times]) => `${times} × \`${cause}\``)
    .join(', ');
};

const conditionText = ({ condition, summary }) => {
  const share = (part, all) => percent(part / Math.max(all, 1));
  switch (condition?.kind) {
    case 'failure-threshold':
      return `${plural(condition.failures, 'failure')} in a row (\`failure_threshold = ${condition.threshold}\`)`;
    case 'failure-rate':
      return `${share(condition.failures, condition.calls)} of ${count(condition.calls)} calls failed (\`failure_rate = ${condition.rate}\`)`;
    case 'slow-call-rate':
      return `${share(condition.slow, condition.calls)} of ${count(condition.calls)} calls were slow (\`slow_call_rate = ${condition.rate}\`)`;
    case 'command':
      return 'Opened by a command';
    default:
      return summary ?? 'Opened';
  }
};

const answersText = ({ answers = {}, failed_probes: probes, mode, end }) => {
  const parts = [
    [answers.rejected, 'rejected'],
    [answers.fallback, 'answered by the fallback'],
    [answers.last_good, 'answered by a last good answer'],
  ];
  const got =
    parts
      .filter(([value]) => value > 0)
      .map(([value, what]) => `${count(value)} ${what}`)
      .join(', ') || 'no call was rejected';
  const dry =
    mode === 'observe' ? `; ${plural(answers.would_reject ?? 0, 'call')} ran in a dry run` : '';
  const probed = probes ? `; ${plural(probes, 'probe')} failed` : '';
  return `${end ? 'While it was open' : 'Since then'}: ${got}${dry}${probed}.`;
};

const operatorText = (operator) =>
  operator ? `, by ${operator.author}${operator.reason ? `: “${operator.reason}”` : ''}` : '';

const endText = ({ end, ended_by: endedBy, lasted }) => {
  if (!end) return `Has lasted ${span(lasted * 1000)}.`;
  const reason = typeof end === 'string' ? `: ${words(end)}` : '';
  return `Ended after ${span(lasted * 1000)}${reason}${operatorText(endedBy)}.`;
};

const markOf = ({ result, slow }) => (result === 'failure' ? 'failure' : slow ? 'slow' : 'other');
const MARKS = {
  failure: (x, y) => `M${x - 4} ${y - 4}h8v8h-8z`,
  slow: (x, y) => `M${x} ${y - 5}l5.5 10h-11z`,
  other: (x, y) => `M${x - 3} ${y}a3 3 0 1 0 6 0a3 3 0 1 0-6 0z`,
};

/** The recorded calls by time and duration. */
const callsPlot = (report) => {
  const { calls, at } = report;
  // The width in pixels when it is drawn: marks keep their shape.
  const width = Math.max(
    280,
    Math.min(byId('detail').clientWidth * (window.innerWidth > 1100 ? 0.6 : 0.9), 1100),
  );
  const [height, edge] = [96, 10];
  const first = calls[0].at;
  const longest = Math.max(at - first, 0.001);
  const times = calls.map(({ took }) => took).filter((took) => took != null);
  const log = (took) => Math.log10(Math.max(took, 1e-4));
  const [low, high] = [Math.min(...times.map(log)), Math.max(...times.map(log))];
  const heightOf = (took) =>
    took == null || high - low < 0.05
      ? height / 2
      : height - 16 - ((log(took) - low) / (high - low)) * (height - 32);
  const lines = { failure: '', slow: '', other: '' };
  for (const call of calls) {
    const x = edge + ((call.at - first) / longest) * (width - 2 * edge);
    lines[markOf(call)] += MARKS[markOf(call)](
      Math.round(x * 10) / 10,
      Math.round(heightOf(call.took) * 10) / 10,
    );
  }
  const failures = calls.filter(({ result }) => result === 'failure').length;
  const label = `${plural(calls.length, 'recorded call')} before the trip, ${plural(failures, 'failure')}, within ${shortSpan(longest * 1000)}`;
  const marks = Object.entries(lines)
    .filter(([, d]) => d)
    .map(([kind, d]) => svg('path', { class: `mark ${kind}`, d }));
  const legend = { failure: 'failure', slow: 'slow call', other: 'other result' };
  return el(
    'figure',
    null,
    svg(
      'svg',
      { viewBox: `0 0 ${width} ${height}`, class: 'plot', role: 'img', 'aria-label': label },
      svg('path', { class: 'base', d: `M0 ${height - 0.5}h${width}` }),
      ...marks,
    ),
    el(
      'figcaption',
      { class: 'soft' },
      el('span', null, `${shortSpan(longest * 1000)} before`),
      el(
        'span',
        null,
        Object.keys(lines)
          .filter((kind) => lines[kind])
          .map((kind) => ({ failure: '■ ', slow: '▲ ', other: '○ ' })[kind] + legend[kind])
          .join('   '),
        times.length ? ', slower calls higher' : '',
      ),
      el('span', null, 'trip'),
    ),
  );
};

const callsTable = (report) => {
  const cells = (call) => [
    `${shortSpan((report.at - call.at) * 1000)} before`,
    words(call.result) + (call.slow ? ', slow' : ''),
    call.took == null ? NONE : latency(call.took * 1000),
    call.cause ?? NONE,
    count(call.successes_before),
  ];
  const heads = ['When', 'Result', 'Took', 'Cause', 'Successes before'];
  return el(
    'div',
    {
      class: 'scroll',
      tabindex: '0',
      role: 'region',
      'aria-label': `Recorded calls before the trip at ${clock(report.time * 1000)}`,
    },
    el(
      'table',
      null,
      el(
        'thead',
        null,
        el(
          'tr',
          null,
          ...heads.map((head, index) =>
            el('th', { scope: 'col', class: [0, 1, 3].includes(index) ? 'words' : null }, head),
          ),
        ),
      ),
      el(
        'tbody',
        null,
        ...[...report.calls]
          .reverse()
          .map((call) =>
            el(
              'tr',
              null,
              ...cells(call).map((text, index) =>
                el('td', { class: [0, 1, 3].includes(index) ? 'words' : null }, text),
              ),
            ),
          ),
      ),
    ),
  );
};

/** A trip report. The latest stands open; each keeps its nodes, so that an update takes no focus away. */
const reportView = (report, latest) => {
  const title = el('summary');
  const causes = el('p');
  const answers = el('p');
  const end = el('p', { class: 'soft' });
  const settings = (report.options ?? [])
    .filter(({ origin }) => origin !== 'default')
    .map(({ name, value, origin }) => `\`${name} = ${value}\` (${words(origin)})`)
    .join(', ');
  const options = el('p', { class: 'soft' });
  const node = el('details', { class: 'report', open: latest }, title, causes);
  if (report.calls?.length) node.append(callsPlot(report));
  node.append(answers, end, options);
  if (report.calls?.length)
    node.append(
      el(
        'details',
        { class: 'fold' },
        el('summary', null, `The ${plural(report.calls.length, 'recorded call')}`),
        callsTable(report),
      ),
    );
  putSentence(options, settings ? `Settings in force: ${settings}.` : '');
  const update = (fresh) => {
    put(
      title,
      `${clock(fresh.time * 1000)}, ${fresh.end ? 'open' : 'open for'} ${span(fresh.lasted * 1000)}: ${conditionText(fresh).replace(/ \(.*/, '')}`,
    );
    const text = causesText(fresh.calls ?? []);
    const before = fresh.earlier_calls
      ? ` Before those recorded: ${plural(fresh.earlier_calls, 'result')}.`
      : '';
    const why = `${conditionText(fresh)}${operatorText(fresh.operator)}`;
    putSentence(causes, `${why}${text ? `: ${text}` : ''}.${before}`);
    put(answers, answersText(fresh));
    put(end, endText(fresh));
  };
  update(report);
  return { node, update };
};
