// value: {src, side, mask: hex of side * side bits, row by row}. A picture under the latent's grid: paint the cells to be
// drawn anew with pointer or finger, or with arrow keys and Space. Event: paint {mask}, once a stroke has ended.
let v = null, cells = [], at = [0, 0], brush = true, painting = false;
const fromHex = (text, count) => {
  const bits = [...text].flatMap((c) => { const n = parseInt(c, 16) || 0; return [n & 8, n & 4, n & 2, n & 1].map(Boolean); });
  return Array.from({ length: count }, (_, i) => Boolean(bits[i]));
};
const toHex = () => {
  let text = '';
  for (let i = 0; i < cells.length; i += 4) text += [0, 1, 2, 3].reduce((n, k) => 2 * n + (cells[i + k] ? 1 : 0), 0).toString(16);
  return text;
};
const board = () => root().querySelector('.mask-board');
const show = () => {
  const g = root().querySelector('canvas').getContext('2d'), side = v.side;
  const paint = new ImageData(side, side);
  cells.forEach((on, i) => { if (on) paint.data.set([255, 255, 255, 215], 4 * i); });
  g.clearRect(0, 0, side, side);
  g.putImageData(paint, 0, 0);
  const cursor = root().querySelector('.lab-cursor'), size = 100 / side;
  cursor.style.cssText = `width:${size}%;height:${size}%;left:${size * at[1]}%;top:${size * at[0]}%`;
  const count = cells.filter(Boolean).length;
  root().querySelector('[role=status]').textContent = `${count} of ${cells.length} cells painted; row ${at[0] + 1}, column ${at[1] + 1} is ${cells[at[0] * side + at[1]] ? 'painted' : 'kept'}`;
  root().dataset.mask = toHex();
};
const set = (row, column, on) => {
  for (const [r, c] of [[row, column], [row, column + 1], [row + 1, column], [row + 1, column + 1]].slice(0, thick ? 4 : 1))
    if (r < v.side && c < v.side) cells[r * v.side + c] = on;
};
let thick = true;
const done = () => trigger('paint', { mask: toHex() });
const cellOf = (event) => {
  const box = board().getBoundingClientRect();
  const to = (n, size) => Math.min(v.side - 1, Math.max(0, Math.floor((n / size) * v.side)));
  return [to(event.clientY - box.top, box.height), to(event.clientX - box.left, box.width)];
};
const tool = (text, act, pressed) => {
  const button = h('button', 'lab-choice', text, { type: 'button' });
  if (pressed !== undefined) button.setAttribute('aria-pressed', String(pressed));
  button.addEventListener('click', act);
  return button;
};
const tools = () => {
  const all = (make) => () => { cells = cells.map(make); show(); done(); };
  root().querySelector('.lab-shelf').replaceChildren(
    tool('Paint', () => { brush = true; tools(); }, brush), tool('Rub out', () => { brush = false; tools(); }, !brush),
    tool('Thick', () => { thick = !thick; tools(); }, thick),
    tool('Nothing', all(() => false)), tool('Everything', all(() => true)), tool('Invert', all((on) => !on)),
  );
};
const build = () => {
  const picture = h('div', 'mask-board', [
    pixels(v.src, ''),
    h('canvas', 'mask-paint', null, { width: v.side, height: v.side, 'aria-hidden': 'true' }),
    h('span', 'lab-cursor', null, { 'aria-hidden': 'true' }),
  ], { tabindex: '0', role: 'application', 'aria-label': `mask of ${v.side} by ${v.side} cells: arrow keys move, Space paints or rubs out` });
  root().replaceChildren(h('p', 'lab-label', props.title), picture, h('div', 'lab-shelf', [], { role: 'group', 'aria-label': 'painting' }), h('p', 'lab-note', '', { role: 'status' }));
  const stroke = (event) => { at = cellOf(event); set(...at, brush); show(); };
  picture.addEventListener('pointerdown', (event) => { painting = true; picture.setPointerCapture(event.pointerId); stroke(event); });
  picture.addEventListener('pointermove', (event) => { if (painting) stroke(event); });
  for (const end of ['pointerup', 'pointercancel']) picture.addEventListener(end, () => { if (painting) { painting = false; done(); } });
  picture.addEventListener('keydown', (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (event.key === ' ' || event.key === 'Enter') {
      event.preventDefault();
      cells[at[0] * v.side + at[1]] = !cells[at[0] * v.side + at[1]];
      show(); done();
    } else if (move) {
      event.preventDefault();
      at = at.map((n, i) => Math.min(v.side - 1, Math.max(0, n + move[i])));
      show();
    }
  });
};
const load = () => {
  const next = read();
  if (!next || !next.src) return;
  v = next;
  cells = fromHex(v.mask, v.side * v.side);
  build(); tools(); show(); drawn();
};
watch('value', load);
load();
