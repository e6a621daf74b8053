// value: {sets: [{title, note, stamp, legend, unit, maps: [{title, kind, src, alt, values: base64 of float32}]}], rows, columns,
//         block, cell: [row, column] or null}. All maps lie on one grid: pointing at one marks the same cell in all of them
// and shows its values. No request while pointing. Event: pick {row, column}.
const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
const say = (n) => (n === 0 ? '0' : Math.abs(n) >= 1e5 || Math.abs(n) < 1e-4 ? n.toExponential(2) : String(+n.toPrecision(4))).replace('-', '−');
let at = null, chosen = null, boards = [], live = null;
const legend = (l) =>
  h('div', 'lab-legend', [
    h('img', '', null, { src: l.bar, alt: `colour scale from ${l.low} to ${l.high}` }),
    h('div', 'lab-ends', [h('span', '', l.low), h('span', '', l.middle), h('span', '', l.high)]),
  ]);
const place = (mark, cell, v) => {
  mark.hidden = !cell;
  if (cell) mark.style.cssText = `width:${100 / v.columns}%;height:${100 / v.rows}%;left:${100 * cell[1] / v.columns}%;top:${100 * cell[0] / v.rows}%`;
};
const show = (v) => {
  const cell = at || chosen;
  for (const board of boards) {
    place(board.cursor, cell, v);
    board.readout.textContent = cell ? `${say(board.values[cell[0] * v.columns + cell[1]])}${board.unit ? ` ${board.unit}` : ''}` : ' ';
  }
  const size = v.block > 1 ? `, the mean of ${v.block} × ${v.block} cells` : '';
  live.textContent = cell ? `row ${cell[0] * v.block}, column ${cell[1] * v.block}${size}` : (props.hint || 'Point at a map, or move through it with the arrow keys, to read its values.');
};
const cellAt = (event, node, v) => {
  const box = node.getBoundingClientRect();
  const clip = (n, most) => Math.min(most - 1, Math.max(0, Math.floor(n)));
  return [clip((event.clientY - box.top) / box.height * v.rows, v.rows), clip((event.clientX - box.left) / box.width * v.columns, v.columns)];
};
const choose = (cell, v) => { chosen = cell; at = null; show(v); tell('pick', { row: cell[0] * v.block, column: cell[1] * v.block }); };
const board = (m, set, v) => {
  const cursor = h('span', 'lab-cursor', null, { 'aria-hidden': 'true', hidden: '' });
  const node = h('div', 'map-board', [pixels(m.src, m.alt), cursor], { tabindex: '0', role: 'application', 'aria-label': `${m.alt}: arrow keys move, Enter chooses` });
  node.addEventListener('pointermove', (event) => { at = cellAt(event, node, v); show(v); });
  node.addEventListener('pointerleave', () => { at = null; show(v); });
  node.addEventListener('click', (event) => choose(cellAt(event, node, v), v));
  node.addEventListener('keydown', (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const from = at || chosen || [0, 0];
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); choose(from, v); }
    if (!move) return;
    event.preventDefault();
    at = [Math.min(v.rows - 1, Math.max(0, from[0] + move[0])), Math.min(v.columns - 1, Math.max(0, from[1] + move[1]))];
    show(v);
  });
  const readout = h('span', 'map-value', ' ');
  boards.push({ cursor, readout, values: floats(m.values), unit: set.unit });
  return h('figure', `lab-tile kind-${m.kind}`, [node, h('figcaption', '', [h('span', '', m.title), readout])]);
};
const draw = () => {
  const v = read();
  if (!v || !v.sets) return;
  boards = []; at = null; chosen = v.cell;
  live = h('p', 'lab-note map-live', '', { role: 'status' });
  root().replaceChildren(...v.sets.map((set) =>
    h('section', `lab-group tiles-${set.maps.length}`, [
      h('h3', '', [`${set.title} `, stamp(set.stamp)]), h('p', 'lab-note', set.note),
      h('div', 'lab-tiles', set.maps.map((m) => board(m, set, v))), legend(set.legend),
    ])), live);
  show(v);
  drawn();
};
watch('value', draw);
draw();
