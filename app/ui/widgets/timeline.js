// value: {tile, columns: [text], rows: [{name, readings, settled, decided, verdict}], stamp, title, note}, files: {sheet}: a tile a moment.
// What the judge reads in each predicted clean picture: equal readings are one cell, filled from when they stay.
const sheet = new Image();
const cells = (row) => {
  const list = [];
  row.readings.forEach((text, k) => {
    const last = list[list.length - 1];
    if (last && last.text === text && last.settled === row.settled[k]) last.span += 1;
    else list.push({ text, settled: row.settled[k], span: 1, from: k });
  });
  return list;
};
const build = (v) => {
  const thumb = (_, k) => {
    const canvas = h('canvas', 'lab-pixels', null, { width: v.tile, height: v.tile, role: 'img', 'aria-label': `predicted clean picture, ${v.columns[k]}` });
    canvas.getContext('2d').drawImage(sheet, 0, k * v.tile, v.tile, v.tile, 0, 0, v.tile, v.tile);
    return h('td', '', [canvas, h('span', '', v.columns[k])]);
  };
  const line = (row) => h('tr', '', [
    h('th', '', [h('span', '', row.name), h('small', row.verdict === 'as asked' ? 'is-right' : '', row.verdict)], { scope: 'row' }),
    ...cells(row).map((c) => h('td', c.settled ? 'is-settled' : 'is-open', c.text, { colspan: c.span, title: `${row.name}: ${c.text}, from step ${c.from}` })),
  ]);
  const table = h('table', 'timeline-table', [
    h('thead', '', [h('tr', '', [h('th', '', 'steps done', { scope: 'row' }), ...v.columns.map(thumb)])]),
    h('tbody', '', v.rows.map(line)),
  ]);
  root().replaceChildren(
    h('h3', 'lab-film-title', [`${v.title} `, stamp(v.stamp)]), h('p', 'lab-note', v.note),
    h('div', 'timeline-scroll', [table], { tabindex: '0', role: 'region', 'aria-label': `${v.title}: table, scrolls sideways` }),
  );
};
const load = () => {
  const v = read();
  if (!v || !v.files || !v.files.sheet) return;
  sheet.onload = () => { build(v); drawn(); };
  sheet.src = v.files.sheet.url;
};
watch('value', load);
load();
