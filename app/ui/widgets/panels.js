// value: {facts: [{name, value, note, kind}], stamp: of the facts, groups: [{title, note, tiles: [{title, kind, src, alt}], legend, stamp}]}
const fact = (f) =>
  h('div', `lab-fact kind-${f.kind}`, [h('dt', '', f.name), h('dd', 'lab-value', f.value), h('dd', 'lab-note', f.note)]);
const legend = (l) =>
  h('div', 'lab-legend', [
    h('img', '', null, { src: l.bar, alt: `colour scale from ${l.low} to ${l.high}` }),
    h('div', 'lab-ends', [h('span', '', l.low), h('span', '', l.middle), h('span', '', l.high)]),
  ]);
const group = (g) =>
  h('section', `lab-group tiles-${g.tiles.length}`, [
    h('h3', '', [`${g.title} `, stamp(g.stamp)]),
    h('p', 'lab-note', g.note),
    h('div', 'lab-tiles', g.tiles.map((t) => tile(t))),
    g.legend ? legend(g.legend) : null,
  ]);
const draw = () => {
  const v = read();
  if (!v || !v.groups) return;
  const told = h('div', '', [h('p', 'lab-facts-stamp', [stamp(v.stamp)]), h('dl', 'lab-facts', v.facts.map(fact))]);
  const facts = v.facts.length ? [told] : [];
  root().replaceChildren(...v.groups.slice(0, 1).map(group), ...facts, ...v.groups.slice(1).map(group));
  drawn();
};
watch('value', draw);
draw();
