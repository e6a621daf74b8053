// value: {factor, title, stamp, note, pins: [index], walk: query or '', most}, files: {points, sheet}. points is a JSON file:
// {xy: [[x, y] 0..1000, y upwards], classes, colours, numbers: by factor, columns, tile}. sheet: thumbnails, `columns` a row.
// Event: pick {text}, the pins as they are typed. No request while hovering.
const PAD = 16, sheet = new Image();
let v = null, points = null, from = '', hover = -1, only = -1, places = [], frame = 0, board, card, live, canvas;
const build = () => {
  canvas = h('canvas', 'space-canvas', null, { tabindex: '0', role: 'application', 'aria-label': `${v.title}: arrow keys move between points, Enter pins one` });
  card = h('div', 'space-card', null, { hidden: '', 'aria-hidden': 'true' });
  live = h('p', 'lab-note space-live', 'Point at a dot to see its scene. Click it, or press Enter, to decode and pin it.', { role: 'status' });
  board = h('div', 'space-board', [canvas, card]);
  const names = points.classes[v.factor], colours = points.colours[v.factor];
  const chips = names.map((name, i) => {
    const chip = h('button', 'lab-choice space-chip', [h('i', '', null, { style: `background:${colours[i]}` }), h('span', '', name)], { type: 'button', 'aria-pressed': 'false' });
    chip.addEventListener('click', () => { only = only === i ? -1 : i; mark(); });
    return chip;
  });
  const mark = () => { chips.forEach((chip, i) => chip.setAttribute('aria-pressed', String(i === only))); ask(); };
  const walk = h('button', 'lab-button', 'Walk between the last two pins', { type: 'button' });
  walk.addEventListener('click', () => openView(v.walk));
  root().replaceChildren(
    h('h3', 'lab-film-title', [`${v.title} `, stamp(v.stamp)]), h('p', 'lab-note', v.note), board, live,
    h('div', 'lab-shelf space-legend', chips, { role: 'group', 'aria-label': 'show one class alone' }),
    ...(v.walk ? [walk] : []),
  );
  canvas.addEventListener('pointermove', (event) => show(nearest(event)));
  canvas.addEventListener('pointerleave', () => show(-1));
  canvas.addEventListener('click', (event) => { const i = nearest(event); if (i >= 0) { show(i); pin(i); } });
  canvas.addEventListener('keydown', keys);
  size();
};
const size = () => {
  if (!canvas) return;
  const width = Math.max(240, board.clientWidth), height = Math.min(620, Math.max(280, width * 0.78)), sharp = window.devicePixelRatio || 1;
  canvas.width = width * sharp; canvas.height = height * sharp;
  canvas.style.height = `${height}px`;
  const scale = Math.min(width, height) - 2 * PAD, left = (width - scale) / 2, top = (height - scale) / 2;
  const xs = points.xy.map((p) => p[0]), ys = points.xy.map((p) => p[1]);
  const wide = (low, high, room) => (room - 2 * PAD) / Math.max(1, high - low);
  const k = Math.min(wide(Math.min(...xs), Math.max(...xs), width), wide(Math.min(...ys), Math.max(...ys), height), 2 * scale / 1000);
  const mx = (Math.min(...xs) + Math.max(...xs)) / 2, my = (Math.min(...ys) + Math.max(...ys)) / 2;
  places = points.xy.map(([x, y]) => [left + scale / 2 + (x - mx) * k, top + scale / 2 - (y - my) * k]);
  ask();
};
const dot = (g, i, r, ink) => { g.beginPath(); g.arc(places[i][0], places[i][1], r, 0, 7); g.fillStyle = ink; g.fill(); };
const draw = () => {
  frame = 0;
  const g = canvas.getContext('2d'), sharp = window.devicePixelRatio || 1, numbers = points.numbers[v.factor], colours = points.colours[v.factor];
  const css = getComputedStyle(root()), soft = css.getPropertyValue('--lab-line'), ink = css.getPropertyValue('--lab-ink'), paper = css.getPropertyValue('--lab-card');
  g.setTransform(sharp, 0, 0, sharp, 0, 0);
  g.clearRect(0, 0, canvas.width, canvas.height);
  places.forEach((_, i) => { if (numbers[i] < 0 || (only >= 0 && numbers[i] !== only)) dot(g, i, 2, soft); });
  g.lineWidth = 0.8; g.strokeStyle = 'rgba(110,118,130,.75)';
  places.forEach((_, i) => { if (numbers[i] >= 0 && (only < 0 || numbers[i] === only)) { dot(g, i, board.clientWidth < 420 ? 3 : 4, colours[numbers[i]]); g.stroke(); } });
  g.strokeStyle = ink; g.lineWidth = 2;
  if (hover >= 0) { dot(g, hover, 6, numbers[hover] < 0 ? soft : colours[numbers[hover]]); g.stroke(); }
  g.font = '700 13px system-ui'; g.textAlign = 'center'; g.textBaseline = 'middle';
  v.pins.forEach((i, k) => { if (!places[i]) return; dot(g, i, 11, ink); g.fillStyle = paper; g.fillText('ABCDEF'[k], places[i][0], places[i][1] + 1); });
};
const ask = () => { frame = frame || requestAnimationFrame(draw); };
const nearest = (event) => {
  const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
  let best = -1, least = 15 * 15;
  places.forEach((p, i) => { const d = (p[0] - x) ** 2 + (p[1] - y) ** 2; if (d < least) { least = d; best = i; } });
  return best;
};
const said = (i) => {
  const number = points.numbers[v.factor][i];
  return `scene ${i}${number < 0 ? '' : `: ${points.classes[v.factor][number]}`}`;
};
const show = (i) => {
  if (i === hover) return;
  hover = i;
  root().dataset.hover = String(i);
  card.hidden = i < 0;
  if (i >= 0) {
    live.textContent = said(i);
    const thumb = h('canvas', 'lab-pixels', null, { width: points.tile, height: points.tile });
    if (sheet.naturalWidth) thumb.getContext('2d').drawImage(sheet, i % points.columns * points.tile, Math.floor(i / points.columns) * points.tile, points.tile, points.tile, 0, 0, points.tile, points.tile);
    card.replaceChildren(thumb, h('span', '', said(i)));
    const right = places[i][0] > board.clientWidth / 2, low = places[i][1] > canvas.clientHeight / 2;
    card.style.left = `${places[i][0] + (right ? -126 : 16)}px`;
    card.style.top = `${Math.max(2, places[i][1] + (low ? -134 : 14))}px`;
  }
  ask();
};
const pin = (i) => {
  v.pins = [...v.pins.filter((one) => one !== i), i].slice(-v.most);
  ask();
  live.textContent = `${said(i)}, pinned`;
  tell('pick', { text: v.pins.join(', ') });
};
const keys = (event) => {
  if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); if (hover >= 0) pin(hover); return; }
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!way) return;
  event.preventDefault();
  const at = places[hover >= 0 ? hover : v.pins[v.pins.length - 1] ?? 0];
  let best = -1, least = Infinity;
  places.forEach((p, i) => {
    const along = (p[0] - at[0]) * way[0] + (p[1] - at[1]) * way[1], off = Math.abs((p[0] - at[0]) * way[1] + (p[1] - at[1]) * way[0]);
    if (along > 1 && along + 2 * off < least) { least = along + 2 * off; best = i; }
  });
  if (best >= 0) show(best);
};
const load = async () => {
  const next = read();
  if (!next || !next.files || !next.files.points) return;
  const asked = next.files.points.url;
  const got = asked === from ? points : await (await fetch(asked)).json();
  if (next.files.sheet && sheet.src !== next.files.sheet.url) sheet.src = next.files.sheet.url;
  if (asked !== from || !v || v.factor !== next.factor) only = -1;
  const held = canvas && document.activeElement === canvas, at = asked === from ? hover : -1;
  v = next; points = got; from = asked; hover = -1;
  build();
  show(at);
  if (held) canvas.focus({ preventScroll: true });
  drawn();
};
watch('value', load);
new ResizeObserver(() => { if (points && canvas && Math.abs(board.clientWidth - canvas.clientWidth) < 2 && Math.abs(canvas.width / (window.devicePixelRatio || 1) - board.clientWidth) > 4) size(); }).observe(element);
load();
