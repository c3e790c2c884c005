// The shadow of a breaker: a second policy, which decides nothing.

const shadowTrip = ({ at, of_shadow: ofShadow, reason, key }) => {
  const who = ofShadow ? 'the shadow alone opened' : 'the breaker alone opened';
  const keyed = key == null ? '' : ` [${key}]`;
  return el('li', null, `${clock(at * 1000)}${keyed}: ${who}, ${words(String(reason))}`);
};

/** The panel with the differences between a breaker and its shadow. */
const shadowPanel = () => {
  const facts = el('dl', { class: 'totals' });
  const text = el('p', { class: 'soft' });
  const trips = el('ul', { class: 'shadow-trips' });
  const node = panel('Shadow', text, facts, trips);
  attr(node, 'data-panel', 'shadow');
  return {
    node,
    update(shadow) {
      hide(node, !shadow);
      if (!shadow) return;
      const { first_difference: first, last_difference: last } = shadow;
      put(
        text,
        first == null
          ? 'It has decided as the breaker on each call.'
          : `It has differed from ${clock(first * 1000)} to ${clock(last * 1000)}.`,
      );
      const lines = [
        ['state', words(shadow.state)],
        ['trips', count(shadow.trips)],
        ['would reject', count(shadow.rejected)],
        ['of them good', count(shadow.rejected_successes)],
        ['of them failed', count(shadow.rejected_failures)],
        ['would admit', count(shadow.admitted)],
      ];
      if (shadow.unknown) lines.push(['unknown', count(shadow.unknown)]);
      facts.replaceChildren(
        ...lines.map(([name, value]) => el('div', null, el('dt', null, name), el('dd', null, value))),
      );
      trips.replaceChildren(...shadow.differing_trips.toReversed().map(shadowTrip));
      hide(trips, !shadow.differing_trips.length);
    },
  };
};
