// Runs once, when the page is there. titles: what stands on each tab and part, by its id.
// window.labShow('?tab=...&part=...') brings a tab and its part to the front; what does not exist changes nothing.
// again: the part shows what the address asks for, also if it was seen before.
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
  const show = async (tab, part) => {
    if (!titles[`lab-${tab}`]) return;
    press('#lab-tabs', `lab-${tab}`);
    const row = `#lab-${tab}-parts`, end = performance.now() + 10000;
    if (!titles[`lab-${tab}-${part}`]) return;
    // the parts of a tab are laid out when it is first opened, so their buttons take a moment
    while (!document.querySelector(`${row} [role=tab]`) && performance.now() < end) await frame();
    press(row, `lab-${tab}-${part}`);
  };
  window.labShow = async (query, again = false) => {
    const asked = new URLSearchParams(query);
    window.labShown = false;
    const tab = asked.get('tab'), part = asked.get('part') || '';
    window.labLost = Boolean((tab && !titles[`lab-${tab}`]) || (part && !titles[`lab-${tab}-${part}`])); // said by head.js
    await show(tab, part);
    await frame(); // what was brought to the front is laid out by now
    window.labShown = true;
    window.dispatchEvent(new CustomEvent('lab-shown', { detail: { tab, part, again } }));
  };
  window.labShow(location.search);
}
