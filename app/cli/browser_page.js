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
    upload: (on) => {
      const input = document.querySelector(on), files = new DataTransfer();
      files.items.add(photograph);
      input.files = files.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
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
  // A photograph of the shelf, enlarged to 512 x 512 pixels and turned by a few degrees: not one that the server has seen.
  let photograph = null;
  const develop = async (on, k) => {
    const clear = [...document.querySelectorAll(`${on.split(' ')[0]} button`)].find((one) => /clear/i.test(one.ariaLabel || one.title));
    if (clear) { // the last one is still there: take it away, and let what comes instead be drawn
      clear.click();
      await new Promise((then) => setTimeout(then, 3000));
    }
    const shelf = [...document.querySelectorAll('.lab-choices img')].filter((one) => one.offsetParent), canvas = document.createElement('canvas');
    canvas.width = canvas.height = 512;
    const pen = canvas.getContext('2d');
    pen.rotate(0.002 * (k + 1));
    pen.drawImage(shelf.at(-3), -20, -20, 560, 560);
    const blob = await new Promise((then) => canvas.toBlob(then, 'image/jpeg', 0.9));
    photograph = new File([blob], `photograph-${k}.jpg`, { type: 'image/jpeg' });
  };
  const run = async (event, on, selector, attribute, k) => {
    if (event === 'pin') aim(on);
    if (event === 'upload') await develop(on, k);
    return until(selector, attribute, () => events[event](on, k));
  };
  return { run };
})();
