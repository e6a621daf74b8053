// props: tab, part, presets (their titles), stops (whether a run can be stopped). What stands above a part.
// Says once that its part is seen for the first time, and again when a link inside the page asks for it.
// When something changes that all parts of the tab share, it runs again: now if it is seen, else when it next is.
// Events: ask {what: open (with query), again, preset (with index) or reset}, stop {}.
const ask = (what, more = {}) => trigger('ask', { what, ...more });
const button = (title, classes, press) => {
  const made = h('button', classes, title, { type: 'button' });
  made.addEventListener('click', press);
  return made;
};
const presets = props.presets.map((title, index) => button(title, 'lab-choice', () => {
  mark(index);
  ask('preset', { index });
}));
const mark = (index) => presets.forEach((one, i) => one.setAttribute('aria-pressed', String(i === index)));
const id = `${props.tab}-${props.part}`;
const reset = button('Reset', 'lab-button lab-small', () => { mark(-1); ask('reset'); });
const stop = button('Stop', 'lab-button lab-small', () => {
  trigger('stop', {});
  window.dispatchEvent(new CustomEvent('lab-stopped', { detail: id }));
});
reset.id = `${id}-reset`;
stop.id = `${id}-stop`;
const shelf = h('div', 'lab-shelf', presets, { role: 'group', 'aria-label': 'Try this' });
root().replaceChildren(...[
  presets.length ? h('div', '', [h('p', 'lab-label', 'Try this'), shelf]) : null,
  h('div', 'lab-presses', [props.stops ? stop : null, reset]),
].filter(Boolean));
mark(-1);

let opened = false, stale = false;
const open = () => {
  opened = true;
  ask('open', { query: location.search, lost: Boolean(window.labLost) });
  window.labLost = false;
};
const seen = () => root().offsetParent !== null;
// The first part of a tab lies open before the one that the address asks for is brought to the front (page.js).
const refresh = () => {
  if (!opened && seen() && window.labShown) open();
  else if (stale && seen()) { stale = false; ask('again'); }
};
window.addEventListener('lab-shown', (event) => {
  const { tab, part, again } = event.detail;
  if (again && tab === props.tab && ['', props.part].includes(part)) opened = false;
  refresh();
});
window.addEventListener('lab-shared', (event) => {
  if (event.detail.tab !== props.tab || (event.detail.quiet && seen())) return; // quiet: only those out of sight
  stale = true;
  refresh();
});
new ResizeObserver(refresh).observe(element.closest('.lab-part') || element);
