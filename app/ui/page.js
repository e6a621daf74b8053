// Runs once, when the page is there. titles: what stands on each tab and part, by its id.
// window.labShow('?tab=...&part=...') brings a tab and its part to the front; what does not exist changes nothing.
// again: the part shows what the address asks for, also if it was seen before.
// window.labOpen(query) does that for a link inside the page, as a step of the browser's history: Back and Forward show
// a view by its address, as a link does. What is on the screen becomes the entry that Back returns to.
// window.labHas(tab): whether this page has it; a door to one that is not there is left out.
// window.labShown: whether it is there, so that what is seen on the way need not run (head.js).
(titles) => {
  const frame = () => new Promise((then) => requestAnimationFrame(then));
  // Where a window is narrow, tabs that do not fit are in a menu, and have no id there.
  const press = (row, id) => {
    const menu = () => [...document.querySelectorAll(`${row} > .tab-wrapper .overflow-dropdown button`)];
    const button = document.getElementById(`${id}-button`) || menu().find((one) => one.textContent.trim() === titles[id]);
    button?.click();
  };
  window.labHas = (tab) => Boolean(titles[`lab-${tab}`]);
  let latest = 0; // of two views that are asked for at nearly the same time the later one is shown
  const show = async (tab, part, wanted) => {
    if (!titles[`lab-${tab}`]) return;
    press('#lab-tabs', `lab-${tab}`);
    const row = `#lab-${tab}-parts`, end = performance.now() + 10000;
    if (!titles[`lab-${tab}-${part}`]) return;
    // the parts of a tab are laid out when it is first opened, so their buttons take a moment
    while (wanted() && !document.querySelector(`${row} [role=tab]`) && performance.now() < end) await frame();
    if (wanted()) press(row, `lab-${tab}-${part}`);
  };
  window.labShow = async (query, again = false) => {
    const asked = new URLSearchParams(query), mine = ++latest, wanted = () => mine === latest;
    window.labShown = false;
    const tab = asked.get('tab'), part = asked.get('part') || '';
    window.labLost = Boolean((tab && !titles[`lab-${tab}`]) || (part && !titles[`lab-${tab}-${part}`])); // said by head.js
    await show(tab, part, wanted);
    await frame(); // what was brought to the front is laid out by now
    if (!wanted()) return;
    window.labShown = true;
    window.dispatchEvent(new CustomEvent('lab-shown', { detail: { tab, part, again } }));
  };
  window.labOpen = (query) => {
    const here = [...document.querySelectorAll('.lab-address')].find((one) => one.value && one.offsetParent);
    if (here) history.replaceState(null, '', here.value);
    history.pushState(null, '', location.pathname + query);
    window.labShow(query, true);
  };
  window.addEventListener('popstate', () => window.labShow(location.search, true));
  window.labShow(location.search);
}
