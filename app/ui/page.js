// Runs once, when the page is there. window.labShow('?tab=...&part=...') brings a tab and its part to the front; what does
// not exist changes nothing. The parts of a tab are laid out when it is first opened, so their buttons take a moment.
() => {
  const button = (...names) => document.getElementById(`lab-${names.join('-')}-button`);
  const laidOut = (tab) => document.querySelector(`#lab-${tab}-parts [role=tab]`);
  const frame = () => new Promise((then) => requestAnimationFrame(then));
  window.labShow = async (query) => {
    const asked = new URLSearchParams(query), tab = asked.get('tab'), part = asked.get('part');
    if (!button(tab)) return;
    button(tab).click();
    for (const end = performance.now() + 10000; part && !laidOut(tab) && performance.now() < end;) await frame();
    if (part) button(tab, part)?.click();
  };
  window.labShow(location.search);
}
