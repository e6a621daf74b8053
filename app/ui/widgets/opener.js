// props: tab, part. Says once that its part is seen for the first time, and again when a link inside the page asks for it.
// Event: open {query}.
const open = () => trigger('open', { query: location.search });
window.addEventListener('lab-open', (event) => {
  if (event.detail.tab === props.tab && ['', props.part].includes(event.detail.part)) open();
});
open();
