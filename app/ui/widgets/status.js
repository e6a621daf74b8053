// props: part. value: {text, share or null, run}. One line above a part: how far a run is, how long it took, or that the
// visitor stopped it (head.js), which the server need not say; what that run still tells is not shown then. Gradio calls
// a run that its page ends an error if the server is quicker to say that it ended: kit.css hides that while it is stopped.
let run = null, stopped = null;
const show = (v) => {
  const bar = v.share === null || v.share === undefined ? null
    : h('progress', '', null, { max: '1', value: String(v.share), 'aria-label': 'progress' });
  root().toggleAttribute('data-stopped', v.stopped === true);
  root().replaceChildren(...[bar, h('span', '', v.text, { role: 'status' })].filter(Boolean));
  drawn();
};
const draw = () => {
  const v = read() || { text: '' };
  if (v.run && v.run === stopped) return;
  run = v.run;
  show(v);
};
window.addEventListener('lab-stopped', (event) => {
  if (event.detail !== props.part) return;
  stopped = run;
  show({ text: 'stopped', stopped: true });
});
watch('value', draw);
draw();
