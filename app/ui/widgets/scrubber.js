// value: {sheet: {url} or URL, tile, views: [{title, kind}], moments: [{done, signal}], steps, stamp}
// The sheet has one row a moment and one column a view. Nothing is fetched while the slider moves.
const slider = () => root().querySelector('input');
const sheet = new Image();
let frame = 0, playing = 0, shown = null;
const build = (v) => {
  const views = v.views.map((view, i) =>
    h('figure', `lab-tile kind-${view.kind}${i === v.views.length - 1 ? ' lab-main' : ''}`, [
      h('canvas', 'lab-pixels', null, { width: v.tile, height: v.tile, role: 'img' }), h('figcaption', '', view.title),
    ]));
  const range = h('input', '', null, { type: 'range', min: 0, max: v.moments.length - 1, step: 1, 'aria-label': 'denoising step' });
  range.value = v.moments.length - 1;
  const play = h('button', 'lab-button', 'Play', { type: 'button' });
  root().replaceChildren(
    h('div', 'lab-views', views),
    h('div', 'lab-scrub', [play, range, h('output', '', '')]),
    h('p', 'lab-readout', [h('span', 'lab-saying', ''), stamp(v.stamp)]),
  );
  range.addEventListener('input', () => { stop(); ask(); });
  play.addEventListener('click', () => (playing ? stop() : start()));
};
const draw = () => {
  frame = 0;
  const v = shown, range = slider();
  if (!range || !sheet.naturalWidth) return;
  const i = +range.value, m = v.moments[i];
  root().querySelectorAll('canvas').forEach((canvas, column) => {
    canvas.getContext('2d').drawImage(sheet, column * v.tile, i * v.tile, v.tile, v.tile, 0, 0, v.tile, v.tile);
    canvas.setAttribute('aria-label', `${v.views[column].title} after ${m.done} of ${v.steps} steps`);
  });
  const place = `step ${m.done} of ${v.steps}`;
  root().querySelector('output').textContent = place;
  range.setAttribute('aria-valuetext', `${place}, ${m.signal} signal`);
  root().querySelector('.lab-saying').textContent = m.saying;
  root().dataset.shown = String(i);
};
const ask = () => { frame = frame || requestAnimationFrame(draw); };
const stop = () => { clearInterval(playing); playing = 0; root().querySelector('button').textContent = 'Play'; };
const start = () => {
  const range = slider(), last = +range.max;
  if (+range.value === last) range.value = 0;
  root().querySelector('button').textContent = 'Pause';
  playing = setInterval(() => { range.value = +range.value + 1; ask(); if (+range.value >= last) stop(); }, Math.max(60, 3000 / last));
};
const load = () => {
  const v = read();
  if (!v || !v.files?.sheet) return;
  shown = v;
  clearInterval(playing); playing = 0;
  sheet.onload = () => { build(v); draw(); drawn(); };
  sheet.src = v.files.sheet.url;
};
watch('value', load);
load();
