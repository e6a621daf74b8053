// value: {x, y, edge, grid, tile, colours, stamp, title, note}, files: {sheet, dots}. sheet: grid x grid decoded points, from the
// top left; dots: JSON of [x, y, class], 0..1000, y downwards. server.decode_exact({x, y}) -> {src}: the latest move wins.
// Event: pick {text}, the point as it is typed, when the hand lets go.
const sheet = new Image();
let v = null, sent = '', dots = [], x = 0, y = 0, frame = 0, busy = false, dirty = false, pad, fast, exact, live;
const SIDE = 420;
const build = () => {
  pad = h('canvas', 'space-plane', null, { width: SIDE, height: SIDE, tabindex: '0', role: 'application', 'aria-label': 'plane of the latent: drag, or use the arrow keys' });
  fast = h('canvas', 'lab-pixels', null, { width: v.tile, height: v.tile, role: 'img', 'aria-label': 'blend of the nearest grid points' });
  exact = h('img', 'lab-pixels', null, { alt: 'exact picture of the point', draggable: 'false' });
  live = h('p', 'lab-note', '', { role: 'status' });
  const chips = v.colours.map((colour, digit) => h('li', '', [h('i', '', null, { style: `background:${colour}` }), h('span', '', String(digit))]));
  root().replaceChildren(
    h('h3', 'lab-film-title', [`${v.title} `, stamp(v.stamp)]), h('p', 'lab-note', v.note),
    h('div', 'space-row', [
      h('div', 'space-square', [pad, h('ul', 'space-digits', chips, { 'aria-label': 'colours of the digits' })]),
      h('div', 'space-views', [
        h('figure', 'lab-tile kind-decoder', [exact, h('figcaption', '', 'Decoded')]),
        h('figure', 'lab-tile kind-latent', [fast, h('figcaption', '', 'Blend of 4 neighbours, at once')]),
      ]),
    ]), live,
  );
  const at = (event) => {
    const box = pad.getBoundingClientRect();
    move(((event.clientX - box.left) / box.width * 2 - 1) * v.edge, (1 - (event.clientY - box.top) / box.height * 2) * v.edge);
  };
  pad.addEventListener('pointerdown', (event) => { try { pad.setPointerCapture(event.pointerId); } catch { /* a synthetic pointer */ } at(event); pad.focus({ preventScroll: true }); });
  pad.addEventListener('pointermove', (event) => { if (event.buttons) at(event); });
  pad.addEventListener('pointerup', settle);
  pad.addEventListener('keydown', (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    move(x + way[0] * v.edge / 40, y + way[1] * v.edge / 40);
  });
  pad.addEventListener('keyup', (event) => { if (event.key.startsWith('Arrow')) settle(); });
};
const draw = () => {
  frame = 0;
  const g = pad.getContext('2d'), css = getComputedStyle(root()), soft = css.getPropertyValue('--lab-line'), ink = css.getPropertyValue('--lab-ink'), t = v.tile;
  g.clearRect(0, 0, SIDE, SIDE);
  g.strokeStyle = soft; g.lineWidth = 1;
  for (let r = 1; r < v.edge; r += 1) { g.beginPath(); g.arc(SIDE / 2, SIDE / 2, r / v.edge * SIDE / 2, 0, 7); g.stroke(); }
  g.globalAlpha = 0.75;
  for (const [a, b, k] of dots) { g.fillStyle = v.colours[k]; g.beginPath(); g.arc(a / 1000 * SIDE, b / 1000 * SIDE, 2.6, 0, 7); g.fill(); }
  g.globalAlpha = 1; g.strokeStyle = ink; g.lineWidth = 2.5;
  g.beginPath(); g.arc((x / v.edge + 1) * SIDE / 2, (1 - y / v.edge) * SIDE / 2, 10, 0, 7); g.stroke();
  if (sheet.naturalWidth) {
    const u = (x / v.edge + 1) / 2 * (v.grid - 1), w = (1 - y / v.edge) / 2 * (v.grid - 1);
    const i = Math.min(v.grid - 2, Math.floor(u)), j = Math.min(v.grid - 2, Math.floor(w)), a = u - i, b = w - j, f = fast.getContext('2d');
    f.globalCompositeOperation = 'source-over'; f.globalAlpha = 1; f.fillStyle = '#000'; f.fillRect(0, 0, t, t);
    f.globalCompositeOperation = 'lighter';
    for (const [di, dj, share] of [[0, 0, (1 - a) * (1 - b)], [1, 0, a * (1 - b)], [0, 1, (1 - a) * b], [1, 1, a * b]]) {
      f.globalAlpha = share;
      f.drawImage(sheet, (i + di) * t, (j + dj) * t, t, t, 0, 0, t, t);
    }
  }
  live.textContent = `z = (${x.toFixed(2)}, ${y.toFixed(2)})`;
  root().dataset.moves = String(1 + Number(root().dataset.moves || 0));
};
const ask = () => { frame = frame || requestAnimationFrame(draw); };
const askExact = async () => {
  if (busy) { dirty = true; return; }
  busy = true;
  try {
    const made = await server.decode_exact({ x, y });
    if (made && made.src) { exact.src = made.src; root().dataset.exact = `${made.x.toFixed(3)},${made.y.toFixed(3)}`; }
  } catch { /* the blend is still there */ } finally { busy = false; if (dirty) { dirty = false; askExact(); } }
};
const move = (a, b) => {
  const held = (n) => Math.max(-v.edge, Math.min(v.edge, n));
  x = held(a); y = held(b);
  ask(); askExact();
};
const settle = () => {
  const text = `${x.toFixed(2)}, ${y.toFixed(2)}`;
  if (text !== sent) { sent = text; tell('pick', { text }); }
};
const load = async () => {
  const next = read();
  if (!next || !next.files || !next.files.sheet) return;
  const fresh = !v;
  if (fresh) dots = await (await fetch(next.files.dots.url)).json();
  v = next;
  if (fresh) { build(); sheet.onload = ask; sheet.src = v.files.sheet.url; }
  x = v.x; y = v.y;
  ask(); askExact();
  drawn();
};
watch('value', load);
load();
