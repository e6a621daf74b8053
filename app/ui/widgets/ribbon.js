// value: {mode: 'generate' or 'pass', stations: {name: {title, kind, shape, numbers, axes, pictures, words, alt, opens, says}},
//         stages: {name: {title, kind, time, note}}, times: [{title, kind, share, time}], total, fewer, stamp}
// opens: the address of the lab of a station, with the same settings; its button is there if this page has that tab.
const ORDER = {
  generate: ['words', 'text', 'features', 'enters', 'clock', 'noise', 'denoise', 'end', 'decode', 'picture'],
  pass: ['input', 'encode', 'posterior', 'draw', 'latent', 'mix', 'noise', 'clock', 'words', 'text', 'features', 'enters', 'denoise', 'end', 'decode', 'picture'],
};
const shapeOf = (s) => h('p', 'lab-shape', s.shape, { title: s.axes });
const chips = (words) => h('ul', 'lab-chips', words.map((word) => h('li', '', word)));
const door = (s) => {
  if (!s.opens || !window.labHas(new URLSearchParams(s.opens).get('tab'))) return null;
  const button = h('button', 'ribbon-door', s.says, { type: 'button', 'aria-label': `${s.title}: ${s.says}` });
  button.addEventListener('click', () => openView(s.opens));
  return button;
};
const station = (name, s) =>
  h('section', `lab-station at-${name} kind-${s.kind}`, [
    h('h4', '', s.title),
    s.words.length ? chips(s.words) : null,
    s.pictures.length ? h('div', 'lab-film', s.pictures.map((src, i) => pixels(src, i ? '' : s.alt))) : null,
    h('div', 'lab-count', [shapeOf(s), h('p', '', s.numbers), door(s)]),
  ]);
const stage = (name, s) =>
  h('section', `lab-stage at-${name} kind-${s.kind}`, [
    h('h4', '', s.title), h('p', 'lab-time', s.time), h('p', 'lab-note', s.note), door(s),
  ]);
const clock = (v) =>
  h('section', 'lab-clock at-clock', [
    h('h4', '', [`${v.total} `, stamp(v.stamp)]),
    h('div', 'lab-bar', v.times.map((t) => h('span', `kind-${t.kind}`, null, { style: `flex-grow:${t.share}` })), { 'aria-hidden': 'true' }),
    h('ul', 'lab-times', v.times.map((t) => h('li', `kind-${t.kind}`, `${t.title} ${t.time}`))),
    h('p', 'lab-note', v.fewer),
  ]);
const step = (name, text) => h('p', `lab-enters at-${name}`, text);
const draw = () => {
  const v = read();
  if (!v || !v.stations) return;
  const denoiser = stage('denoise', v.stages.denoise);
  denoiser.append(...station('film', v.stations.film).children);
  const made = {
    denoise: () => denoiser, clock: () => clock(v), enters: () => step('enters', 'steers every step'),
    draw: () => step('draw', 'draw'), mix: () => step('mix', v.mix),
  };
  const item = (name) => (made[name] ? made[name]() : v.stages[name] ? stage(name, v.stages[name]) : station(name, v.stations[name]));
  root().className = `lab-ribbon ribbon-${v.mode}`;
  root().replaceChildren(...ORDER[v.mode].map(item));
  drawn();
};
watch('value', draw);
draw();
