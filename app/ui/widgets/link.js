// value: the query of the view on the screen, '?tab=...'. Shows it as an address, and copies that at a click.
const address = () => location.origin + location.pathname + (props.value || '');
const draw = () => {
  const field = h('input', 'lab-address', null, { type: 'text', readonly: '', 'aria-label': 'address of this view' });
  const button = h('button', 'lab-button', 'Link to this view', { type: 'button' });
  const said = h('span', 'lab-note', '', { role: 'status' });
  field.value = address();
  field.addEventListener('focus', () => field.select());
  button.addEventListener('click', async () => {
    field.select();
    try { await navigator.clipboard.writeText(field.value); said.textContent = 'copied'; }
    catch { said.textContent = 'press Ctrl + C to copy'; }
  });
  root().replaceChildren(button, field, said);
  drawn();
};
watch('value', draw);
draw();
