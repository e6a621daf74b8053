// props: tab, part. Says once that its part is seen for the first time, and again when a link inside the page asks for it.
// When something changes that all parts of the tab share, it runs again: now if it is seen, else when it next is.
// Events: open {query}, again {}.
let opened = false, stale = false;
const open = () => { opened = true; trigger('open', { query: location.search }); };
const seen = () => root().parentElement.offsetParent !== null || element.offsetParent !== null;
// The first part of a tab lies open before the one that the address asks for is brought to the front (page.js).
const refresh = () => {
  if (!opened && seen() && window.labShown) open();
  else if (stale && seen()) { stale = false; trigger('again', {}); }
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
