// value: {width, height, cards: [{title, subtitle, facts: [[name, value]], saying, lost}], legend, stamp, note}, files: {sheet}
// The sheet has a row a rung: original, reconstruction, error. Comparing in place asks the server nothing.
const VIEWS = ['Original', 'Reconstruction', 'Error'];
const KINDS = ['pixel', 'decoder', 'noise'];
const sheet = new Image();
let v = null, rung = 0, view = 1, held = false, beat = 0;
const canvas = (row, column, label) => {
  const node = h('canvas', 'lab-pixels', null, { width: v.width, height: v.height, role: 'img', 'aria-label': label });
  paint(node, row, column);
  return node;
};
const paint = (node, row, column) =>
  node.getContext('2d').drawImage(sheet, column * v.width, row * v.height, v.width, v.height, 0, 0, v.width, v.height);
const show = () => {
  const now = held ? 0 : view, card = v.cards[rung], board = root().querySelector('.ladder-board');
  paint(board.querySelector('canvas'), rung, now);
  board.className = `ladder-board lab-tile kind-${KINDS[now]}`;
  const said = `${VIEWS[now]}${now ? ` of ${card.title}` : ''}`;
  board.querySelector('figcaption').textContent = said;
  board.querySelector('canvas').setAttribute('aria-label', said);
  root().querySelectorAll('.ladder-views .lab-choice').forEach((b, i) => b.setAttribute('aria-pressed', String(i === now)));
  root().querySelectorAll('.ladder-rungs .lab-choice').forEach((b, i) => b.setAttribute('aria-pressed', String(i === rung)));
  root().querySelector('.ladder-flicker').setAttribute('aria-pressed', String(beat !== 0));
  root().dataset.shown = `${card.title} ${VIEWS[now].toLowerCase()}`;
};
const still = () => { clearInterval(beat); beat = 0; };
const flicker = () => {
  if (beat) { still(); view = 1; } else beat = setInterval(() => { view = view === 0 ? 1 : 0; if (element.isConnected) show(); else still(); }, 500);
  show();
};
const choices = (names, label, classes, pick) => {
  const buttons = names.map((name, i) => {
    const button = h('button', 'lab-choice', name, { type: 'button' });
    button.addEventListener('click', () => { pick(i); show(); });
    return button;
  });
  return h('div', `lab-shelf ${classes}`, buttons, { role: 'group', 'aria-label': label });
};
const board = () => {
  const node = h('figure', 'ladder-board', [canvas(0, 1, ''), h('figcaption', '', '')]);
  node.style.setProperty('--aspect', String(v.width / v.height));
  const hold = (on) => () => { if (held !== on) { held = on; show(); } };
  node.addEventListener('pointerdown', hold(true));
  for (const name of ['pointerup', 'pointerleave', 'pointercancel']) node.addEventListener(name, hold(false));
  return node;
};
const compare = () => {
  const blink = h('button', 'lab-button ladder-flicker', 'Flicker', { type: 'button', title: 'original and reconstruction in turn, once a second' });
  blink.addEventListener('click', flicker);
  return h('section', 'lab-group ladder-compare', [
    h('h3', '', ['Compare in place ', stamp(v.stamp)]),
    h('p', 'lab-note', 'Press and hold the picture to see the original under it, or use the buttons. Look at thin lines and corners.'),
    h('div', 'ladder-stage', [board(), h('div', 'ladder-keys', [
      h('p', 'lab-label', 'Rung'), choices(v.cards.map((c) => c.title), 'rung', 'ladder-rungs', (i) => { rung = i; }),
      h('p', 'lab-label', 'Show'), choices(VIEWS, 'what is shown', 'ladder-views', (i) => { still(); view = i; }), blink,
    ])]),
  ]);
};
const card = (c, row) => {
  const pair = [1, 2].map((column) => h('figure', `lab-tile kind-${KINDS[column]}`, [canvas(row, column, `${VIEWS[column]} of ${c.title}`), h('figcaption', '', VIEWS[column])]));
  const facts = h('dl', 'ladder-facts', c.facts.map(([name, value]) => h('div', '', [h('dt', '', name), h('dd', '', value)])));
  return h('article', `ladder-card${c.lost ? ' is-lost' : ''}`, [
    h('h4', '', c.title), h('p', 'lab-note', c.subtitle), h('div', 'ladder-pair', pair), facts, c.saying ? h('p', 'ladder-saying', c.saying) : null,
  ]);
};
const first = () => h('article', 'ladder-card ladder-original', [
  h('h4', '', VIEWS[0]), h('p', 'lab-note', 'what goes up the ladder'),
  h('div', 'ladder-pair', [h('figure', `lab-tile kind-${KINDS[0]}`, [canvas(0, 0, VIEWS[0]), h('figcaption', '', VIEWS[0])])]),
  h('dl', 'ladder-facts', [['values', (3 * v.width * v.height).toLocaleString('en')], ['size', `${v.width} × ${v.height} pixels`]]
    .map(([name, value]) => h('div', '', [h('dt', '', name), h('dd', '', value)]))),
]);
const legend = (l) => h('div', 'lab-legend', [
  h('img', '', null, { src: l.bar, alt: `colour scale of the errors from ${l.low} to ${l.high}` }),
  h('div', 'lab-ends', [h('span', '', l.low), h('span', '', 'error'), h('span', '', l.high)]),
]);
const draw = () => {
  still();
  rung = Math.min(rung, v.cards.length - 1); view = 1; held = false;
  root().replaceChildren(compare(), h('section', 'lab-group', [
    h('h3', '', ['Every rung ', stamp(v.stamp)]), h('p', 'lab-note', v.note), h('div', 'ladder-cards', [first(), ...v.cards.map(card)]), legend(v.legend),
  ]));
  show();
  drawn();
};
const load = () => {
  const next = read();
  if (!next || !next.cards) return;
  sheet.onload = () => { v = next; draw(); };
  sheet.src = next.files.sheet.url;
};
watch('value', load);
load();
