// props: tab, part. Says once that its part is seen for the first time, and again when a link inside the page asks for it.
// When something changes that all parts of the tab share, it runs again: now if it is seen, else when it next is.
// Events: open {query}, again {}.
const open = () => trigger('open', { query: location.search });
window.addEventListener('lab-open', (event) => {
  if (event.detail.tab === props.tab && ['', props.part].includes(event.detail.part)) open();
});
open();
let stale = false;
const seen = () => root().parentElement.offsetParent !== null || element.offsetParent !== null;
const refresh = () => { if (stale && seen()) { stale = false; trigger('again', {}); } };
window.addEventListener('lab-shared', (event) => {
  if (event.detail.tab !== props.tab || (event.detail.quiet && seen())) return; // quiet: only those out of sight
  stale = true;
  refresh();
});
new ResizeObserver(refresh).observe(element.closest('.lab-part') || element);
