// props: box (id of a gr.Textbox), words (the vocabulary), next ({word: [what often follows]}). Helps to type a caption:
// offers words, marks unknown ones and the nearest known words. Runs in the browser alone; the box stays the input.
const known = new Set(props.words);
let box = null, offers = [], chosen = -1, last = null;
const wordsOf = (text) => text.toLowerCase().replace(/[,.;:!"']/g, ' ').split(/\s+/).filter(Boolean);
const distance = (a, b) => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let k = 1; k <= b.length; k++) next[k] = Math.min(row[k] + 1, next[k - 1] + 1, row[k - 1] + (a[i - 1] !== b[k - 1]));
    row = next;
  }
  return row[b.length];
};
const nearest = (word) => props.words.map((one) => [distance(word.slice(0, 30), one), one])
  .filter(([far, one]) => far <= Math.max(2, one.length / 2)).sort((a, b) => a[0] - b[0]).slice(0, 3).map(([, one]) => one);
const setText = (text, caret) => {
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), 'value').set.call(box, text);
  box.dispatchEvent(new Event('input', { bubbles: true }));
  box.focus();
  box.setSelectionRange(caret, caret);
  look();
};
const current = () => {
  const before = box.value.slice(0, box.selectionStart ?? box.value.length), start = before.search(/\S*$/);
  return { start, part: before.slice(start).toLowerCase(), before: wordsOf(before.slice(0, start)).pop() || '' };
};
const take = (word) => {
  const { start } = current(), after = box.value.slice(box.selectionStart).replace(/^\S*/, '').replace(/^\s*/, '');
  setText(`${box.value.slice(0, start)}${word} ${after}`, start + word.length + 1);
};
const swap = (wrong, right) => {
  const at = box.value.toLowerCase().indexOf(wrong);
  if (at >= 0) setText(box.value.slice(0, at) + right + box.value.slice(at + wrong.length), at + right.length);
};
const unknown = (word) => {
  const shown = word.length > 30 ? `${word.slice(0, 30)}…` : word, near = nearest(word);
  const swaps = near.map((one) => {
    const button = h('button', 'lab-choice', one, { type: 'button', title: `write ${one} instead of ${shown}` });
    button.addEventListener('click', () => swap(word, one));
    return button;
  });
  const said = `The model has never seen '${shown}'.${near.length ? ' Nearest:' : ''}`;
  return h('p', 'caption-unknown', [h('span', '', said), ...swaps]);
};
const mark = () => {
  box.setAttribute('aria-expanded', String(offers.length > 0));
  root().querySelectorAll('.caption-offer').forEach((node, i) => node.setAttribute('aria-selected', String(i === chosen)));
  if (chosen >= 0) box.setAttribute('aria-activedescendant', `${props.box}-offer-${chosen}`);
  else box.removeAttribute('aria-activedescendant');
};
const look = () => {
  last = box.value;
  const { part, before } = current(), focused = document.activeElement === box;
  const follow = props.next[before] || [];
  const fits = part ? [...follow, ...props.words].filter((one) => one.startsWith(part) && one !== part) : follow;
  offers = focused ? [...new Set(fits)].slice(0, 7) : [];
  chosen = -1;
  const strange = [...new Set(wordsOf(box.value))].filter((word) => !known.has(word) && !(focused && word === part && offers.length));
  const list = offers.map((word, i) => {
    const node = h('span', 'caption-offer lab-choice', word, { role: 'option', id: `${props.box}-offer-${i}`, 'aria-selected': 'false' });
    node.addEventListener('pointerdown', (event) => { event.preventDefault(); take(word); });
    return node;
  });
  root().replaceChildren(
    h('div', 'caption-offers', list, { role: 'listbox', id: `${props.box}-offers`, 'aria-label': 'words the model knows' }),
    h('div', 'caption-marks', strange.slice(0, 3).map(unknown), { role: 'status' }),
  );
  box.classList.toggle('caption-strange', strange.length > 0);
  mark();
};
const keys = (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && offers.length) {
    event.preventDefault();
    chosen = (chosen + step + offers.length) % offers.length;
    mark();
  } else if (event.key === 'Enter' && chosen >= 0) {
    event.preventDefault(); event.stopPropagation();
    take(offers[chosen]);
  } else if (event.key === 'Escape' && offers.length) {
    offers = []; chosen = -1;
    root().querySelector('.caption-offers').replaceChildren();
    mark();
  }
};
const find = (tries) => {
  box = document.querySelector(`#${props.box} textarea, #${props.box} input`);
  if (!box) { if (tries) setTimeout(() => find(tries - 1), 50); return; }
  for (const [name, value] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-controls': `${props.box}-offers`, autocomplete: 'off', spellcheck: 'false' })) box.setAttribute(name, value);
  for (const name of ['input', 'focus', 'click']) box.addEventListener(name, () => setTimeout(look));
  box.addEventListener('blur', () => setTimeout(look, 300)); // not at once: a button below would move away under a click
  box.addEventListener('keydown', keys, true);
  look();
  setInterval(() => { if (box.value !== last) look(); }, 400); // a preset sets the box from Python, without an event here
  drawn();
};
find(200);
