// value: {tile: [width, height], views: [{title, kind}], moments: [{place, saying}], start, stamp, title, note}, files: {sheet}.
// The sheet has one row a moment and one column a view. Nothing is fetched while the slider moves.
const sheet = new Image();
let v = null, frame = 0, playing = 0;
const slider = () => root().querySelector('input[type=range]');
const build = () => {
  const [width, height] = v.tile;
  const views = v.views.map((view, i) =>
    h('figure', `lab-tile kind-${view.kind}${v.main === i ? ' lab-main' : ''}`, [
      h('canvas', 'lab-pixels', null, { width, height, role: 'img' }), h('figcaption', '', view.title),
    ]));
  const range = h('input', '', null, { type: 'range', min: 0, max: v.moments.length - 1, step: 1, 'aria-label': props.label || 'step' });
  range.value = v.start ?? v.moments.length - 1;
  const play = h('button', 'lab-button', 'Play', { type: 'button' });
  const steps = [['‹', 'one moment back', -1], ['›', 'one moment on', 1]].map(([text, label, by]) => {
    const button = h('button', 'lab-button film-step', text, { type: 'button', 'aria-label': label, title: label });
    button.addEventListener('click', () => { stop(); move(by); });
    return button;
  });
  root().replaceChildren(
    h('h3', 'lab-film-title', [`${v.title || ''} `, stamp(v.stamp)]),
    h('div', `lab-views views-${views.length}`, views),
    h('div', 'lab-scrub', [h('div', 'film-keys', [play, ...steps]), range, h('output', '', '')]),
    h('p', 'lab-readout', [h('span', 'lab-saying', '')]),
    ...(v.note ? [h('p', 'lab-note', v.note)] : []),
  );
  range.addEventListener('input', () => { stop(); ask(); });
  range.addEventListener('change', () => trigger('commit', { index: +range.value }));
  play.addEventListener('click', () => (playing ? stop() : start()));
};
const draw = () => {
  frame = 0;
  const range = slider();
  if (!range || !sheet.naturalWidth) return;
  const i = +range.value, moment = v.moments[i], [width, height] = v.tile;
  root().querySelectorAll('canvas').forEach((canvas, column) => {
    canvas.getContext('2d').drawImage(sheet, column * width, i * height, width, height, 0, 0, width, height);
    canvas.setAttribute('aria-label', `${v.views[column].title}, ${moment.place}`);
  });
  root().querySelector('output').textContent = moment.place;
  range.setAttribute('aria-valuetext', moment.place);
  root().querySelector('.lab-saying').textContent = moment.saying || '';
  root().dataset.shown = String(i);
  element.dispatchEvent(new CustomEvent('lab-moment', { bubbles: true, detail: { index: i } }));
};
const move = (by) => {
  const range = slider(), before = range.value;
  range.value = +before + by;  // the slider keeps it within its ends
  if (range.value !== before) { ask(); trigger('commit', { index: +range.value }); }
};
const ask = () => { frame = frame || requestAnimationFrame(draw); };
const stop = () => { clearInterval(playing); playing = 0; const b = root().querySelector('.lab-scrub button'); if (b) b.textContent = 'Play'; };
const start = () => {
  const range = slider(), last = +range.max;
  if (+range.value === last) range.value = 0;
  root().querySelector('.lab-scrub button').textContent = 'Pause';
  playing = setInterval(() => { range.value = +range.value + 1; ask(); if (+range.value >= last) stop(); }, Math.max(60, 3000 / Math.max(1, last)));
};
const load = () => {
  const next = read();
  if (!next || !next.files || !next.files.sheet) return;
  stop();
  sheet.onload = () => { v = next; build(); draw(); drawn(); };
  sheet.src = next.files.sheet.url;
};
watch('value', load);
load();
