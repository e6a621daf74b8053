// value: {tile, steps, rows: [{caption, parent, step, change}], full, stamp}, files: {sheet}: a row a branch, a column a moment.
// Choose a thumbnail, then branch there. Event: branch {node, step}.
const sheet = new Image();
let chosen = null;
const build = (v) => {
  const buttons = [];
  if (chosen && chosen[0] >= v.rows.length) chosen = null;
  chosen = chosen || [0, Math.min(v.steps - 1, Math.floor(v.steps / 3))];
  const go = h('button', 'lab-button tree-go', '', { type: 'button' });
  const mark = () => {
    buttons.forEach((b) => b.node.setAttribute('aria-pressed', String(b.row === chosen[0] && b.step === chosen[1])));
    go.textContent = v.full ? 'The tree is full: press Reset' : `Branch from ${chosen[0] ? `branch ${chosen[0]}` : 'the first run'} after step ${chosen[1]}`;
    go.disabled = v.full;
  };
  const thumb = (r, k) => {
    const canvas = h('canvas', 'lab-pixels', null, { width: v.tile, height: v.tile });
    canvas.getContext('2d').drawImage(sheet, k * v.tile, r * v.tile, v.tile, v.tile, 0, 0, v.tile, v.tile);
    if (k === v.steps) return h('span', 'tree-end', [canvas], { role: 'img', 'aria-label': 'finished picture' });
    const node = h('button', 'tree-step', [canvas], { type: 'button', title: `after step ${k}`, 'aria-label': `row ${r}, predicted clean picture after step ${k}` });
    node.addEventListener('click', () => { chosen = [r, k]; mark(); });
    buttons.push({ node, row: r, step: k });
    return node;
  };
  const row = (one, r) => {
    const from = one.parent < 0 ? 0 : one.step;
    const strip = [];
    for (let k = 0; k <= v.steps; k += 1) strip.push(k < from ? h('span', 'tree-gap', '') : thumb(r, k));
    const where = one.parent < 0 ? 'The first run' : `Branch ${r}: from ${one.parent ? `branch ${one.parent}` : 'the first run'} after step ${one.step}`;
    return h('li', '', [
      h('p', 'tree-name', [h('strong', '', where), h('span', '', ` “${one.caption || '(no caption)'}”, ${one.change}`)]),
      h('div', 'tree-strip', strip, { style: `--columns:${v.steps + 1}` }),
    ]);
  };
  go.addEventListener('click', () => trigger('branch', { node: chosen[0], step: chosen[1] }));
  root().replaceChildren(
    h('h3', 'lab-film-title', ['The tree ', stamp(v.stamp)]),
    h('p', 'lab-note', 'Each thumbnail is the clean picture predicted after so many steps; the last, framed, is finished. Choose one, then branch.'),
    h('div', 'tree-scroll', [h('ol', 'tree-rows', v.rows.map(row))], { tabindex: '0', role: 'region', 'aria-label': 'tree of branches, scrolls sideways' }),
    go,
  );
  mark();
};
const load = () => {
  const v = read();
  if (!v || !v.files || !v.files.sheet) return;
  sheet.onload = () => { build(v); drawn(); };
  sheet.src = v.files.sheet.url;
};
watch('value', load);
load();
