// value: {text, share or null}. One line under the settings: how far a run is, or how long it took.
const draw = () => {
  const v = read() || { text: '' };
  const bar = v.share === null || v.share === undefined ? null
    : h('progress', '', null, { max: '1', value: String(v.share), 'aria-label': 'progress' });
  root().replaceChildren(...[bar, h('span', '', v.text, { role: 'status' })].filter(Boolean));
  drawn();
};
watch('value', draw);
draw();
