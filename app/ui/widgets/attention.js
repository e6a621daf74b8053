// value: {tile, words, moments: [place], layers: [{title, side, heat: base64, top: [number]}], stamp, note}, files: {sheet}.
// The picture is lit where a word looks. Everything is in the browser: point at a word, or move the slider.
const sheet = new Image();
let v = null, layer = 0, pinned = 1, shown = 1, frame = 0, playing = 0, maps = [];
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const range = () => root().querySelector('input[type=range]');
const step = () => Math.min(+range().value, v.moments.length - 2); // the finished picture shows the maps of the last step
const mapOf = (word) => {
  const { side } = v.layers[layer], cells = side * side;
  const at = (step() * v.words.length + word) * cells;
  return maps[layer].subarray(at, at + cells);
};
const light = (canvas, word) => {
  const g = canvas.getContext('2d'), { side } = v.layers[layer], heat = mapOf(word);
  const shade = new ImageData(side, side);
  heat.forEach((byte, i) => { shade.data[4 * i + 3] = Math.round(0.88 * (255 - byte)); });
  const small = document.createElement('canvas');
  small.width = small.height = side;
  small.getContext('2d').putImageData(shade, 0, 0);
  g.imageSmoothingEnabled = false;
  g.drawImage(sheet, +range().value * v.tile, 0, v.tile, v.tile, 0, 0, canvas.width, canvas.height);
  g.drawImage(small, 0, 0, side, side, 0, 0, canvas.width, canvas.height);
};
const share = (word) => {
  const heat = mapOf(word), top = v.layers[layer].top[word] / 255;
  let sum = 0, most = 0;
  for (const byte of heat) { sum += byte; most = Math.max(most, byte); }
  return [sum / heat.length * top, most * top];
};
const percent = (n) => (n < 0.0995 ? `${(100 * n).toFixed(1)} %` : `${Math.round(100 * n)} %`);
const draw = () => {
  frame = 0;
  if (!v || !range()) return;
  const [mean, most] = share(shown), place = v.moments[+range().value];
  const main = root().querySelector('.attention-main canvas');
  light(main, shown);
  main.setAttribute('aria-label', `the picture, ${place}, lit where the word ${v.words[shown]} looks`);
  root().querySelectorAll('.attention-word').forEach((button, word) => {
    light(button.querySelector('canvas'), word);
    button.querySelector('.attention-share').textContent = percent(share(word)[0]);
    button.setAttribute('aria-pressed', String(word === pinned));
    button.classList.toggle('is-shown', word === shown);
  });
  root().querySelector('output').textContent = place;
  range().setAttribute('aria-valuetext', place);
  root().querySelector('.lab-saying').textContent =
    `'${v.words[shown]}' gets ${percent(mean)} of a cell's attention on average, ${percent(most)} where it gets most.`;
  root().dataset.shown = String(+range().value);
  root().dataset.word = String(shown);
};
const ask = () => { frame = frame || requestAnimationFrame(draw); };
const stop = () => { clearInterval(playing); playing = 0; const b = root().querySelector('.lab-scrub button'); if (b) b.textContent = 'Play'; };
const play = () => {
  const r = range(), last = +r.max;
  if (+r.value === last) r.value = 0;
  root().querySelector('.lab-scrub button').textContent = 'Pause';
  playing = setInterval(() => { r.value = +r.value + 1; ask(); if (+r.value >= last) stop(); }, Math.max(80, 3000 / Math.max(1, last)));
};
const wordButton = (word, i) => {
  const button = h('button', 'attention-word', [
    h('canvas', 'lab-pixels', null, { width: v.tile, height: v.tile, 'aria-hidden': 'true' }),
    h('span', 'attention-name', word), h('span', 'attention-share', ''),
  ], { type: 'button' });
  const show = () => { shown = i; ask(); };
  button.addEventListener('pointerenter', show);
  button.addEventListener('focus', show);
  const back = () => { // to the word that has the keyboard's focus, else to the one that was clicked
    const focused = [...root().querySelectorAll('.attention-word')].indexOf(document.activeElement);
    shown = focused >= 0 ? focused : pinned;
    ask();
  };
  button.addEventListener('pointerleave', back);
  button.addEventListener('blur', () => setTimeout(back));
  button.addEventListener('click', () => { pinned = shown = i; ask(); });
  return button;
};
const build = () => {
  const last = v.moments.length - 1;
  const slider = h('input', '', null, { type: 'range', min: 0, max: last, step: 1, 'aria-label': 'denoising step' });
  slider.value = last;
  slider.addEventListener('input', () => { stop(); ask(); });
  const button = h('button', 'lab-button', 'Play', { type: 'button' });
  button.addEventListener('click', () => (playing ? stop() : play()));
  const choose = h('select', 'attention-layer', v.layers.map((one, i) => h('option', '', one.title, { value: i })), { 'aria-label': 'attention layer' });
  choose.value = layer;
  choose.addEventListener('change', () => { layer = +choose.value; ask(); });
  const canvas = h('canvas', 'lab-pixels', null, { width: 4 * v.tile, height: 4 * v.tile, role: 'img' });
  root().replaceChildren(
    h('h3', 'lab-film-title', ['Lit where the word looks ', stamp(v.stamp)]),
    h('div', 'attention-board', [
      h('figure', 'attention-main lab-tile kind-text', [canvas]),
      h('div', 'attention-words', v.words.map(wordButton), { role: 'group', 'aria-label': 'words of the caption' }),
    ]),
    h('div', 'lab-scrub', [button, slider, h('output', '', '')]),
    h('p', 'lab-readout', [h('span', 'lab-saying', ''), choose]),
    h('p', 'lab-note', v.note),
  );
};
const load = () => {
  const next = read();
  if (!next || !next.files || !next.files.sheet) return;
  stop();
  sheet.onload = () => {
    v = next;
    maps = v.layers.map((one) => bytes(one.heat));
    layer = Math.min(layer, v.layers.length - 1);
    pinned = shown = Math.min(v.start, v.words.length - 1);
    build(); draw(); drawn();
  };
  sheet.src = next.files.sheet.url;
};
watch('value', load);
load();
