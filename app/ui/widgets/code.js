// value: Python source that reproduces the view. Shown as text, copied at a click.
const draw = () => {
  const source = props.value || '';
  const button = h('button', 'lab-button', 'Copy as code', { type: 'button' });
  const said = h('span', 'lab-note', '', { role: 'status' });
  const shown = h('pre', 'lab-source', source, { tabindex: '0', 'aria-label': 'code that reproduces this view' });
  button.addEventListener('click', async () => {
    try { await navigator.clipboard.writeText(source); said.textContent = 'copied'; }
    catch {
      const range = document.createRange();
      range.selectNodeContents(shown);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      said.textContent = 'selected: press Ctrl + C to copy';
    }
  });
  root().replaceChildren(h('div', 'lab-link', [button, said]), shown);
  drawn();
};
watch('value', draw);
draw();
