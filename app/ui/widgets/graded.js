// value: {facts: [{name, value, note, kind}], strips: [{title, note, stamp, legend, tiles: [{title, kind, src, alt, note,
//   marks: [{name, wanted, read, right}]}]}]}. Pictures with what the judge says of each.
const gradedFact = (f) =>
  h('div', `lab-fact kind-${f.kind}`, [h('dt', '', f.name), h('dd', 'lab-value', f.value), h('dd', 'lab-note', f.note)]);
const gradedWrong = (m) => h('li', 'mark-wrong', `✗ ${m.name}: ${m.read}`, { title: `the judge reads ${m.read}, asked for was ${m.wanted}` });
const gradedTile = (t) => {
  const right = t.marks.filter((m) => m.right), wrong = t.marks.filter((m) => !m.right);
  const figure = tile(t);
  if (t.marks.length) {
    figure.append(h('p', 'graded-score', `${right.length} of ${t.marks.length} right`));
    if (wrong.length) figure.append(h('ul', 'graded-marks', wrong.map(gradedWrong)));
    if (right.length) figure.append(h('p', 'graded-right', `✓ ${right.map((m) => m.name).join(', ')}`));
  }
  if (t.note) figure.append(h('p', 'lab-note', t.note));
  return figure;
};
const gradedLegend = (l) =>
  h('div', 'lab-legend', [
    h('img', '', null, { src: l.bar, alt: `colour scale from ${l.low} to ${l.high}` }),
    h('div', 'lab-ends', [h('span', '', l.low), h('span', '', l.middle), h('span', '', l.high)]),
  ]);
const gradedStrip = (s) =>
  h('section', `lab-group strip-${Math.min(s.tiles.length, 10)}`, [
    h('h3', '', [`${s.title} `, stamp(s.stamp)]),
    s.note ? h('p', 'lab-note', s.note) : null,
    h('div', 'graded-tiles', s.tiles.map(gradedTile)),
    s.legend ? gradedLegend(s.legend) : null,
  ]);
const draw = () => {
  const v = read();
  if (!v || !v.strips) return;
  const facts = v.facts.length ? h('dl', 'lab-facts', v.facts.map(gradedFact)) : '';
  root().replaceChildren(...v.strips.slice(0, 1).map(gradedStrip), facts, ...v.strips.slice(1).map(gradedStrip));
  drawn();
};
watch('value', draw);
draw();
