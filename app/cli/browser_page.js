// Put into the page by `python -m app bench --browser`. Times are taken here, from the event to the frame that shows it.
window.labBench = (() => {
  const marked = (selector, attribute) => {
    const outer = document.querySelector(selector);
    return outer && (outer.hasAttribute(attribute) ? outer : outer.querySelector(`[${attribute}]`));
  };
  const read = (selector, attribute) => marked(selector, attribute)?.getAttribute(attribute) ?? null;
  const channel = new MessageChannel(), waiting = []; // a message sent before a frame comes right after it is painted
  channel.port1.onmessage = () => waiting.splice(0).forEach((then) => then());
  const painted = (then) => requestAnimationFrame(() => { waiting.push(then); channel.port2.postMessage(0); });
  const until = (selector, attribute, act) => new Promise((done, fail) => {
    const before = read(selector, attribute), begun = performance.now(), requests = performance.getEntriesByType('resource').length;
    const late = setTimeout(() => fail(new Error(`nothing changed in ${selector}`)), 120000);
    const end = () => {
      clearTimeout(late);
      done({ ms: performance.now() - begun, requests: performance.getEntriesByType('resource').length - requests });
    };
    const look = async () => {
      if (read(selector, attribute) === before) { painted(look); return; }
      const images = [...document.querySelector(selector).querySelectorAll('img')];
      if (images.some((image) => !image.complete)) {
        await Promise.all(images.map((image) => image.decode().catch(() => {})));
        painted(end);
      } else end();
    };
    act();
    painted(look);
  });
  const events = {
    click: (on, k) => { const all = document.querySelectorAll(on); all[(k + 1) % all.length].click(); },
    scrub: (on, k) => {
      const range = document.querySelector(`${on} input[type=range]`), most = +range.max + 1;
      range.value = (+range.value + 1) % most;
      range.dispatchEvent(new Event('input', { bubbles: true }));
    },
    move: (on, k) => {
      const canvas = document.querySelector(`${on} canvas`), box = canvas.getBoundingClientRect();
      const at = { clientX: box.left + box.width * (0.2 + (0.017 * k) % 0.6), clientY: box.top + box.height * (0.3 + (0.023 * k) % 0.4) };
      canvas.dispatchEvent(new PointerEvent('pointermove', { ...at, buttons: 1, bubbles: true }));
    },
    pin: (on) => {
      const canvas = document.querySelector(`${on} canvas`);
      canvas.dispatchEvent(new MouseEvent('click', { ...events.at, bubbles: true }));
    },
  };
  const seen = new Set();
  // Move over the map until a dot answers that was not clicked yet.
  const aim = (on) => {
    const canvas = document.querySelector(`${on} canvas`), box = canvas.getBoundingClientRect();
    for (let n = 0; n < 4000; n += 1) {
      const at = { clientX: box.left + box.width * ((n * 0.618034) % 1), clientY: box.top + box.height * ((n * 0.7548777) % 1) };
      canvas.dispatchEvent(new PointerEvent('pointermove', { ...at, bubbles: true }));
      const dot = +(read(on, 'data-hover') ?? -1);
      if (dot >= 0 && !seen.has(dot)) { seen.add(dot); events.at = at; return; }
    }
    throw new Error('no dot of the map answers');
  };
  const run = (event, on, selector, attribute, k) => {
    if (event === 'pin') aim(on);
    return until(selector, attribute, () => events[event](on, k));
  };
  return { run };
})();
