'use strict';
// The breakers as the stream describes them. Runs in the page and in the shared worker.

const SPARK_STEPS = 60;
const OUTCOMES = ['succeeded', 'failed', 'rejected'];

const newModel = () => ({
  service: '',
  time: 0,
  start: 0,
  interval_ms: 1000,
  writable: false,
  summary: null,
  // `null` while the process is in no fleet.
  fleet: null,
  breakers: new Map(),
  order: [],
});

const emptySpark = (stepMs, end) => ({
  step_ms: stepMs,
  end,
  succeeded: new Array(SPARK_STEPS).fill(0),
  failed: new Array(SPARK_STEPS).fill(0),
  rejected: new Array(SPARK_STEPS).fill(0),
  trips: [],
});

/** Returns `columns` moved left by `steps`, with zeros behind them. */
const shifted = (columns, steps) => [
  ...columns.slice(steps),
  ...new Array(Math.min(steps, columns.length)).fill(0),
];

/** Returns `spark` after a change: moved on to its end, with the newest columns replaced. */
const mergeSpark = (spark, change) => {
  if (!change) return spark;
  if (change.succeeded) return change;
  const { step_ms: stepMs, end, tail = [], trips = [] } = change;
  const old = spark ?? emptySpark(stepMs, end);
  const steps = Math.max(Math.round((end - old.end) / stepMs), 0);
  const merged = { step_ms: stepMs, end, trips };
  OUTCOMES.forEach((outcome, index) => {
    const columns = shifted(old[outcome], steps);
    const newest = tail.slice(-columns.length).map((column) => column[index]);
    merged[outcome] = [...columns.slice(0, columns.length - newest.length), ...newest];
  });
  return merged;
};

const mergeBreaker = (old, fresh) => {
  const merged = { ...fresh, spark: mergeSpark(old?.spark, fresh.spark) };
  if (fresh.keyed?.worst) {
    const known = new Map((old?.keyed?.worst ?? []).map((one) => [one.key, one]));
    merged.keyed = {
      ...fresh.keyed,
      worst: fresh.keyed.worst.map((one) => mergeBreaker(known.get(one.key), one)),
    };
  }
  return merged;
};

/** Returns the fleet after a change: its groups are replaced one by one. */
const mergeFleet = (old, change) => {
  if (!change) return null;
  const { groups, order, ...facts } = change;
  const known = new Map([...(old?.groups ?? []), ...groups].map((group) => [group.name, group]));
  const names = order ?? old?.groups.map(({ name }) => name) ?? [];
  return { ...facts, groups: names.map((name) => known.get(name)).filter(Boolean) };
};

const applyState = (model, body) => {
  const { breakers, ...rest } = body;
  Object.assign(model, rest);
  model.breakers = new Map(breakers.map((one) => [one.id, mergeBreaker(null, one)]));
  model.order = breakers.map((one) => one.id);
};

const applyChange = (model, change) => {
  model.time = change.time;
  if (change.summary) model.summary = change.summary;
  if ('fleet' in change) model.fleet = mergeFleet(model.fleet, change.fleet);
  for (const one of change.breakers ?? [])
    model.breakers.set(one.id, mergeBreaker(model.breakers.get(one.id), one));
  for (const id of change.removed ?? []) model.breakers.delete(id);
  const order = change.order ?? model.order;
  const listed = new Set(order);
  model.order = order.filter((id) => model.breakers.has(id));
  for (const id of model.breakers.keys()) if (!listed.has(id)) model.order.push(id);
};

/** Returns the model in the form of a `state` event, for a tab that joins later. */
const stateOf = (model) => ({
  ...model,
  breakers: model.order.map((id) => model.breakers.get(id)),
  order: undefined,
});
