// value: {src, rows, columns, chosen: [row, column], to: [row, column] or null}. A picture under a grid: click a cell, or arrows and
// Enter. Event: pick {row, column}.
let at = [0, 0];
const draw = () => {
  const v = read();
  if (!v || !v.src) return;
  at = [...v.chosen];
  const board = h('div', 'lab-board', [pixels(v.src, ''), h('span', 'lab-cursor', null, { 'aria-hidden': 'true' }), v.to ? h('span', 'lab-cursor lab-goal', null, { 'aria-hidden': 'true' }) : null], {
    tabindex: '0', role: 'application', 'aria-label': `latent cells, ${v.rows} rows of ${v.columns}: arrow keys move, Enter chooses`,
  });
  const live = h('p', 'lab-note', '', { role: 'status' });
  const cursor = board.querySelector('.lab-cursor');
  const put = (node, cell) => { node.style.cssText = `width:${100 / v.columns}%;height:${100 / v.rows}%;left:${100 * cell[1] / v.columns}%;top:${100 * cell[0] / v.rows}%`; };
  if (v.to) put(board.querySelector('.lab-goal'), v.to);
  const mark = () => {
    put(cursor, at);
    live.textContent = `row ${at[0]}, column ${at[1]}`;
  };
  const choose = () => { mark(); tell('pick', { row: at[0], column: at[1] }); };
  board.addEventListener('click', (event) => {
    const box = board.getBoundingClientRect();
    at = [Math.floor((event.clientY - box.top) / box.height * v.rows), Math.floor((event.clientX - box.left) / box.width * v.columns)];
    at = [Math.min(v.rows - 1, Math.max(0, at[0])), Math.min(v.columns - 1, Math.max(0, at[1]))];
    choose();
  });
  board.addEventListener('keydown', (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); choose(); return; }
    if (!move) return;
    event.preventDefault();
    at = [Math.min(v.rows - 1, Math.max(0, at[0] + move[0])), Math.min(v.columns - 1, Math.max(0, at[1] + move[1]))];
    mark();
  });
  root().replaceChildren(h('p', 'lab-label', props.title), board, live);
  mark();
  drawn();
};
watch('value', draw);
draw();
