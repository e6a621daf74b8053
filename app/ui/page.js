// Runs once, when the page is there. window.labShow('?tab=...&part=...') brings a tab and its part to the front; what does
// not exist changes nothing. again: the part shows what the address asks for, also if it was seen before.
// window.labShown: whether it is there, so that what is seen on the way need not run (opener.js).
() => {
  const button = (...names) => document.getElementById(`lab-${names.join('-')}-button`);
  const laidOut = (tab) => document.querySelector(`#lab-${tab}-parts [role=tab]`);
  const frame = () => new Promise((then) => requestAnimationFrame(then));
  const show = async (tab, part) => {
    if (!button(tab)) return;
    button(tab).click();
    // the parts of a tab are laid out when it is first opened, so their buttons take a moment
    for (const end = performance.now() + 10000; part && !laidOut(tab) && performance.now() < end;) await frame();
    if (part) button(tab, part)?.click();
  };
  window.labShow = async (query, again = false) => {
    const asked = new URLSearchParams(query);
    window.labShown = false;
    const tab = asked.get('tab'), part = asked.get('part') || '';
    await show(tab, part);
    await frame(); // what was brought to the front is laid out by now
    window.labShown = true;
    window.dispatchEvent(new CustomEvent('lab-shown', { detail: { tab, part, again } }));
  };
  window.labShow(location.search);
}
