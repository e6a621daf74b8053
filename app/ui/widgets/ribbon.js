// value: {stations: {name: {title, kind, shape, numbers, axes, pictures, words, alt}}, stages: {name: {title, kind, time, note}},
//         times: [{title, kind, share, time}], total, fewer, stamp}
const shapeOf = (s) => h('p', 'lab-shape', s.shape, { title: s.axes });
const chips = (words) => h('ul', 'lab-chips', words.map((word) => h('li', '', word)));
const station = (name, s) =>
  h('section', `lab-station at-${name} kind-${s.kind}`, [
    h('h4', '', s.title),
    s.words.length ? chips(s.words) : null,
    s.pictures.length ? h('div', 'lab-film', s.pictures.map((src, i) => pixels(src, i ? '' : s.alt))) : null,
    h('div', 'lab-count', [shapeOf(s), h('p', '', s.numbers)]),
  ]);
const stage = (name, s) =>
  h('section', `lab-stage at-${name} kind-${s.kind}`, [
    h('h4', '', s.title), h('p', 'lab-time', s.time), h('p', 'lab-note', s.note),
  ]);
const clock = (v) =>
  h('section', 'lab-clock at-clock', [
    h('h4', '', [`${v.total} from caption to picture `, stamp(v.stamp)]),
    h('div', 'lab-bar', v.times.map((t) => h('span', `kind-${t.kind}`, null, { style: `flex-grow:${t.share}` })), { 'aria-hidden': 'true' }),
    h('ul', 'lab-times', v.times.map((t) => h('li', `kind-${t.kind}`, `${t.title} ${t.time}`))),
    h('p', 'lab-note', v.fewer),
  ]);
const draw = () => {
  const v = read();
  if (!v || !v.stations) return;
  const s = v.stations, t = v.stages;
  const denoiser = stage('denoise', t.denoise);
  denoiser.append(...station('film', s.film).children);
  root().replaceChildren(
    station('words', s.words), stage('text', t.text), station('features', s.features),
    h('p', 'lab-enters at-enters', 'steers every step'), clock(v),
    station('noise', s.noise), denoiser, station('end', s.end), stage('decode', t.decode), station('picture', s.picture),
  );
  drawn();
};
watch('value', draw);
draw();
