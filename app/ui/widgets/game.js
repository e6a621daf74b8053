// value: {tile, rounds: [{answer, network, bayes}], level, stamp}, files: {sheet}: a row a round: noisy latent, it decoded,
// the network's expectation, four candidates. Played wholly in the browser: no request while it lasts.
const sheet = new Image();
const LETTERS = ['A', 'B', 'C', 'D'];
let v = null, at = 0, picks = [];
const cut = (row, column, alt) => {
  const canvas = h('canvas', 'lab-pixels', null, { width: v.tile, height: v.tile, role: 'img', 'aria-label': alt });
  canvas.getContext('2d').drawImage(sheet, column * v.tile, row * v.tile, v.tile, v.tile, 0, 0, v.tile, v.tile);
  return canvas;
};
const shown = (row, column, title, kind) => h('figure', `lab-tile kind-${kind}`, [cut(row, column, title), h('figcaption', '', title)]);
const right = (key) => picks.reduce((sum, pick, i) => sum + ((key ? v.rounds[i][key] : pick) === v.rounds[i].answer), 0);
const score = () => h('dl', 'lab-facts', [['You', right(''), 'pixel'], ['The network', right('network'), 'noise'], ['Nearest of the four', right('bayes'), 'latent']].map(([name, n, kind]) =>
  h('div', `lab-fact kind-${kind}`, [h('dt', '', name), h('dd', 'lab-value', `${n} of ${picks.length}`), h('dd', 'lab-note', kind === 'latent' ? 'no rule can be better on average' : 'right so far')])));
const options = (answered) => LETTERS.map((letter, k) => {
  const r = v.rounds[at], marks = [];
  if (answered) {
    if (k === r.answer) marks.push('this one was noised');
    if (k === picks[at]) marks.push('you');
    if (k === r.network) marks.push('network');
    if (k === r.bayes) marks.push('nearest');
  }
  const button = h('button', `lab-choice lab-pictured game-option${answered && k === r.answer ? ' is-answer' : ''}`, [cut(at, 3 + k, `candidate ${letter}`), h('strong', '', letter), h('span', '', marks.join(', '))], { type: 'button' });
  button.disabled = answered;
  button.addEventListener('click', () => { picks[at] = k; draw(); });
  return button;
});
const next = () => {
  const over = at + 1 >= v.rounds.length;
  const button = h('button', 'lab-button', over ? 'Play these again' : 'Next round', { type: 'button' });
  button.addEventListener('click', () => { if (over) { picks = []; at = 0; } else at += 1; draw(); });
  return button;
};
const draw = () => {
  const answered = picks.length > at, r = v.rounds[at];
  const said = !answered ? 'Which of the four clean pictures is under the noise?'
    : `${picks[at] === r.answer ? 'Right' : `No, it was ${LETTERS[r.answer]}`}. The network ${r.network === r.answer ? 'found it' : `takes it for ${LETTERS[r.network]}`}.`;
  root().replaceChildren(
    h('h3', 'lab-film-title', [`Round ${at + 1} of ${v.rounds.length}: ${v.level} `, stamp(v.stamp)]),
    h('div', 'game-seen', [shown(at, 0, 'Noisy latent', 'latent'), shown(at, 1, 'Noisy latent, decoded', 'pixel'), answered ? shown(at, 2, 'What the network expects', 'noise') : null]),
    h('p', 'game-said', said, { role: 'status' }),
    h('div', 'game-options', options(answered), { role: 'group', 'aria-label': 'candidates' }),
    ...(answered ? [score(), next()] : []),
  );
  root().dataset.round = String(at);
  root().dataset.answered = String(picks.length);
};
const load = () => {
  const value = read();
  if (!value || !value.files || !value.files.sheet) return;
  sheet.onload = () => { v = value; at = 0; picks = []; draw(); drawn(); };
  sheet.src = value.files.sheet.url;
};
watch('value', load);
load();
