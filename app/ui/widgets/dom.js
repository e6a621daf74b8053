// Shared by all widgets. h('p', 'class', 'text' or [children], {attributes}): text is set as text, never as HTML.
const h = (tag, classes, content, attributes = {}) => {
  const node = document.createElement(tag);
  if (classes) node.className = classes;
  if (Array.isArray(content)) node.append(...content.filter(Boolean));
  else if (content !== undefined && content !== null) node.textContent = content;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};
const pixels = (src, alt) => h('img', 'lab-pixels', null, { src, alt, draggable: 'false' });
const tile = (t, classes = '') =>
  h('figure', `lab-tile kind-${t.kind} ${classes}`, [pixels(t.src, t.alt), h('figcaption', '', t.title)]);
const stamp = (text) => h('span', 'lab-stamp', text);
const root = () => element.querySelector('div[class^="lab-"]');
// What Python set: lists travel as one JSON text, because gradio looks at every number of a nested value at every event.
const read = () => {
  const v = props.value;
  if (!v || v.data === undefined) return v;
  return { ...JSON.parse(v.data), files: v.files || {} };
};
// Tell Python; and leave it where a script of the page can read it, which needs no server (app.ui.events.in_browser).
const tell = (name, data) => { root().dataset.told = JSON.stringify(data); trigger(name, data); };
const drawn = () => { root().dataset.drawn = String(1 + Number(root().dataset.drawn || 0)); };
// Go to a view without loading the page again: '?tab=...&part=...'. Back returns to the one on the screen (page.js).
const openView = (query) => window.labOpen(query);
