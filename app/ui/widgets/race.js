// value: {lanes: [{title, kind, watch, steps, share, finished, note, trained, facts: [[name, value]], src or ''}], stamp, said}
const lane = (l) =>
  h('section', `race-lane kind-${l.kind}${l.finished ? ' is-finished' : ''}`, [
    h('h4', '', l.title),
    h('p', 'race-watch', l.watch),
    h('div', 'race-track', [h('span', '', null, { style: `width:${100 * l.share}%` })], { role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.round(100 * l.share), 'aria-label': l.steps }),
    h('p', 'lab-note', l.finished ? `${l.steps}, finished` : l.steps),
    l.src ? h('figure', `lab-tile kind-${l.kind}`, [pixels(l.src, `${l.title}: ${l.note}`)]) : h('div', l.trained ? 'race-empty' : 'race-empty is-untrained', null, { 'aria-hidden': 'true' }),
    h('p', 'lab-note', l.note),
    h('dl', 'ladder-facts', l.facts.map(([name, value]) => h('div', '', [h('dt', '', name), h('dd', '', value)]))),
  ]);
const draw = () => {
  const v = read();
  if (!v || !v.lanes) return;
  root().replaceChildren(h('section', 'lab-group', [
    h('h3', '', ['Two stop-watches ', stamp(v.stamp)]),
    h('p', 'lab-note', v.said, { role: 'status' }),
    h('div', 'race-lanes', v.lanes.map(lane)),
  ]));
  drawn();
};
watch('value', draw);
draw();
