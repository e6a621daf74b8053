// props: part. value: {text, share or null}. One line above a part: how far a run is, how long it took, or that the
// visitor stopped it (head.js), which the server need not say.
const show = (v) => {
  const bar = v.share === null || v.share === undefined ? null
    : h('progress', '', null, { max: '1', value: String(v.share), 'aria-label': 'progress' });
  root().replaceChildren(...[bar, h('span', '', v.text, { role: 'status' })].filter(Boolean));
  drawn();
};
const draw = () => show(read() || { text: '' });
window.addEventListener('lab-stopped', (event) => { if (event.detail === props.part) show({ text: 'stopped' }); });
watch('value', draw);
draw();
