// A pad to draw on. props: title, colours: [[name, '#rrggbb']]. Event, when the hand is lifted: use {png}, a data: URL.
// By keyboard: arrows move the pen, Space draws a dot, with Shift held the arrows draw a line.
const SIDE = 256, MOST_UNDONE = 20;
const canvas = h('canvas', 'sketch-board', null, { width: SIDE, height: SIDE, tabindex: '0', role: 'application',
  'aria-label': 'drawing pad: draw with the pointer; or arrows move the pen, Space draws a dot, Shift with arrows draws a line' });
const pen = canvas.getContext('2d', { willReadFrequently: true });
const mark = h('span', 'sketch-pen', null, { 'aria-hidden': 'true', hidden: '' });
const said = h('p', 'lab-note', 'What you draw is encoded when you lift the hand.', { role: 'status' });
let colour = props.colours[0][1], width = 22, at = [SIDE / 2, SIDE / 2], down = false, undone = [], waiting = 0;
const keep = () => { undone = [...undone.slice(1 - MOST_UNDONE), pen.getImageData(0, 0, SIDE, SIDE)]; };
const fill = (paint) => { pen.fillStyle = paint; pen.fillRect(0, 0, SIDE, SIDE); };
const send = () => { clearTimeout(waiting); waiting = setTimeout(() => trigger('use', { png: canvas.toDataURL('image/png') }), 250); };
const line = (from, to) => {
  pen.strokeStyle = colour; pen.lineWidth = width; pen.lineCap = 'round'; pen.lineJoin = 'round';
  pen.beginPath(); pen.moveTo(...from); pen.lineTo(to[0] + 0.01, to[1]); pen.stroke();
};
const where = (event) => {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width * SIDE, (event.clientY - box.top) / box.height * SIDE];
};
canvas.addEventListener('pointerdown', (event) => { event.preventDefault(); canvas.focus(); canvas.setPointerCapture(event.pointerId); keep(); down = true; at = where(event); line(at, at); });
canvas.addEventListener('pointermove', (event) => { if (!down) return; const to = where(event); line(at, to); at = to; });
const lift = () => { if (!down) return; down = false; send(); };
canvas.addEventListener('pointerup', lift);
canvas.addEventListener('pointercancel', lift);
const point = () => { mark.hidden = document.activeElement !== canvas; mark.style.cssText = `left:${100 * at[0] / SIDE}%;top:${100 * at[1] / SIDE}%`; };
canvas.addEventListener('keydown', (event) => {
  const move = { ArrowUp: [0, -8], ArrowDown: [0, 8], ArrowLeft: [-8, 0], ArrowRight: [8, 0] }[event.key];
  if (event.key === ' ') { event.preventDefault(); keep(); line(at, at); send(); }
  if (!move) return;
  event.preventDefault();
  const to = [Math.min(SIDE, Math.max(0, at[0] + move[0])), Math.min(SIDE, Math.max(0, at[1] + move[1]))];
  if (event.shiftKey) { keep(); line(at, to); send(); }
  at = to;
  point();
});
canvas.addEventListener('focus', point);
canvas.addEventListener('blur', () => { mark.hidden = true; });
const press = (buttons, one) => buttons.forEach((b) => b.setAttribute('aria-pressed', String(b === one)));
const inks = props.colours.map(([name, value]) => {
  const b = h('button', 'sketch-ink', '', { type: 'button', title: name, 'aria-label': name, style: `--ink:${value}` });
  b.addEventListener('click', () => { colour = value; press(inks, b); });
  return b;
});
const tips = [[8, 'thin'], [22, 'medium'], [48, 'thick']].map(([value, name]) => {
  const b = h('button', 'lab-choice', name, { type: 'button' });
  b.addEventListener('click', () => { width = value; press(tips, b); });
  return b;
});
const act = (name, does) => { const b = h('button', 'lab-choice', name, { type: 'button' }); b.addEventListener('click', () => { does(); send(); }); return b; };
const acts = [
  act('fill', () => { keep(); fill(colour); }),
  act('undo', () => { const last = undone.pop(); if (last) pen.putImageData(last, 0, 0); }),
  act('clear', () => { keep(); fill('#ffffff'); }),
];
fill('#ffffff');
press(inks, inks[0]);
press(tips, tips[1]);
root().replaceChildren(
  h('div', 'sketch-inks', inks, { role: 'group', 'aria-label': 'colour' }),
  h('div', 'sketch-paper', [canvas, mark]),
  h('div', 'lab-shelf', [...tips, ...acts], { role: 'group', 'aria-label': 'pen' }), said,
);
drawn();
