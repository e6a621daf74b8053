// props.film: elem_id of the film that it follows; props.label: that film's label, by which it may call itself. value: {planes: [{name, path: [[x, y]], guided, cond, uncond (or null), share}], stamp, note}.
// The run of a film in the plane in which it moves most; arrows: where the network points at the film's moment.
const SVG = 'http://www.w3.org/2000/svg';
const svg = (tag, attributes, text) => {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
const WIDE = 460, EDGE = 34;
const ARROWS = [['uncond', 'without caption', 'noise'], ['cond', 'with caption', 'text'], ['guided', 'guided', 'decoder']];
let plots = [], at = -1;
const arrow = (x, y, u, w, kind) => {
  const angle = Math.atan2(w - y, u - x), tip = (turn) => `${u - 11 * Math.cos(angle + turn)},${w - 11 * Math.sin(angle + turn)}`;
  return [svg('line', { x1: x, y1: y, x2: u, y2: w, class: `plane-arrow kind-${kind}` }), svg('path', { d: `M${u},${w}L${tip(0.4)}L${tip(-0.4)}Z`, class: `plane-tip kind-${kind}` })];
};
const plot = (p) => {
  const all = [p.path, p.guided, p.cond, p.uncond].filter(Boolean).flat();
  const xs = all.map((q) => q[0]), ys = all.map((q) => q[1]);
  const [a, b, c, d] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min((WIDE - 2 * EDGE) / (b - a || 1), 280 / (d - c || 1)), HIGH = Math.max(150, (d - c) * scale + 2 * EDGE);
  const X = (q) => WIDE / 2 + (q[0] - (a + b) / 2) * scale, Y = (q) => HIGH / 2 - (q[1] - (c + d) / 2) * scale;
  const board = svg('svg', { viewBox: `0 0 ${WIDE} ${HIGH}`, role: 'img', 'aria-label': `path of ${p.path.length - 1} steps through the plane` });
  board.append(svg('path', { d: `M${p.path.map((q) => `${X(q)},${Y(q)}`).join('L')}`, class: 'plane-path' }));
  p.path.forEach((q) => board.append(svg('circle', { cx: X(q), cy: Y(q), r: 3, class: 'plane-dot' })));
  const moving = svg('g', {}), first = p.path[0], last = p.path[p.path.length - 1];
  const label = (q, text) => svg('text', { x: Math.min(WIDE - 30, Math.max(30, X(q))), y: Y(q) < 24 ? Y(q) + 20 : Y(q) - 10, class: 'plane-end', 'text-anchor': 'middle' }, text);
  board.append(moving, label(first, 'noise'), label(last, 'clean'));
  const said = h('p', 'lab-note', '', { role: 'status' });
  const show = (k) => {
    const i = Math.min(k, p.path.length - 1), here = p.path[i], parts = [];
    for (const [key, , kind] of ARROWS) if (p[key] && p[key][i]) parts.push(...arrow(X(here), Y(here), X(p[key][i]), Y(p[key][i]), kind));
    parts.push(svg('circle', { cx: X(here), cy: Y(here), r: 7, class: 'plane-here' }));
    moving.replaceChildren(...parts);
    const far = (key) => Math.hypot(p[key][i][0] - here[0], p[key][i][1] - here[1]).toFixed(1);
    said.textContent = i < p.guided.length ? `After ${i} steps the guided prediction is ${far('guided')} away in this plane.` : 'The end: the sample is where the last prediction pointed.';
  };
  const names = h('ul', 'chart-legend', ARROWS.filter(([key]) => p[key]).map(([, text, kind]) => h('li', '', text, { style: `--ink:var(--kind-${kind})` })));
  return { show, node: h('div', 'plane-one', [p.name ? h('h4', '', p.name) : null, names, h('div', 'plane-board', [board]), said, h('p', 'lab-note', `The plane holds ${(100 * p.share).toFixed(0)} % of all movement.`)]) };
};
const draw = () => {
  const v = read();
  if (!v || !v.planes) return;
  plots = v.planes.map(plot);
  root().replaceChildren(h('h3', 'lab-film-title', ['The path of the latent ', stamp(v.stamp)]), h('p', 'lab-note', v.note), h('div', 'plane-all', plots.map((p) => p.node)));
  plots.forEach((p) => p.show(at >= 0 ? at : v.planes[0].path.length - 1));
  drawn();
};
window.addEventListener('lab-moment', (event) => {
  if (!event.target.closest?.(`#${props.film}`)) return;
  at = event.detail.index;
  plots.forEach((p) => p.show(at));
  root().dataset.shown = String(at);
});
watch('value', draw);
draw();
