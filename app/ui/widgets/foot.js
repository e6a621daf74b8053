// props: part, kinds (what can be downloaded). value: {address, code} of the view on the screen, or {name, files: {file}}:
// a file that was asked for. What stands below a part: its code, downloads, and its address.
// Event: ask {what: 'download', index, address}.
const note = () => h('span', 'lab-note', '', { role: 'status' });
const button = (title, classes, press) => {
  const made = h('button', classes, title, { type: 'button' });
  made.addEventListener('click', press);
  return made;
};
const copy = async (text, said, otherwise) => {
  try { await navigator.clipboard.writeText(text); said.textContent = 'copied'; }
  catch { otherwise(); said.textContent = 'press Ctrl + C to copy'; }
};

const source = h('pre', 'lab-source', '', { tabindex: '0', 'aria-label': 'code that reproduces this view' });
const codeSaid = note();
const copyCode = button('Copy as code', 'lab-button', () => copy(source.textContent, codeSaid, () => {
  const range = document.createRange();
  range.selectNodeContents(source);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}));
const code = h('details', 'lab-level', [h('summary', '', 'As code'), h('div', 'lab-link', [copyCode, codeSaid]), source]);
code.id = `${props.part}-as-code`;

let shownAt = ''; // the view on the screen: settings that were changed since are not in the file
const saved = note();
const kinds = props.kinds.map((kind, index) => {
  const made = button(kind, 'lab-choice', () => { saved.textContent = 'preparing …'; trigger('ask', { what: 'download', index, address: shownAt }); });
  made.title = `download as ${kind}`;
  return made;
});
const downloads = h('div', 'lab-shelf', [...kinds, saved], { role: 'group', 'aria-label': 'downloads' });
downloads.id = `${props.part}-downloads`;

const field = h('input', 'lab-address', null, { type: 'text', readonly: '', 'aria-label': 'address of this view' });
field.addEventListener('focus', () => field.select());
const linkSaid = note();
const copyLink = button('Link to this view', 'lab-button', () => { field.select(); copy(field.value, linkSaid, () => field.select()); });
const link = h('div', 'lab-link', [copyLink, field, linkSaid]);
link.id = `${props.part}-link`;
root().replaceChildren(...[code, kinds.length ? downloads : null, link].filter(Boolean));

const save = (name, url) => {
  saved.textContent = `saved ${name}`;
  const anchor = h('a', '', null, { href: url, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
};
const draw = () => {
  const v = read();
  if (!v) return;
  if (v.files.file) save(v.name, v.files.file.url);
  else {
    shownAt = v.address;
    field.value = location.origin + location.pathname + shownAt;
    source.textContent = v.code;
  }
  drawn();
};
watch('value', draw);
draw();
