// props: kinds, the names of what can be downloaded. value: {files: {file}, name}: a file that was made at a click.
// Event: pick {index}.
const buttons = () => {
  const said = h('span', 'lab-note', '', { role: 'status' });
  const shelf = props.kinds.map((kind, index) => {
    const button = h('button', 'lab-choice', kind, { type: 'button', title: `download as ${kind}` });
    button.addEventListener('click', () => { said.textContent = 'preparing …'; trigger('pick', { index }); });
    return button;
  });
  root().replaceChildren(h('div', 'lab-shelf', [...shelf, said], { role: 'group', 'aria-label': 'downloads' }));
};
const save = () => {
  const v = read();
  if (!v || !v.files || !v.files.file) return;
  root().querySelector('.lab-note').textContent = `saved ${v.name}`;
  const anchor = h('a', '', null, { href: v.files.file.url, download: v.name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  drawn();
};
watch('value', save);
buttons();
