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
