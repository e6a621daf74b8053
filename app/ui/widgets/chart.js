// value: {otherwise: what is said if there is no chart, charts: [{title, xLabel, yLabel, xLog, yLog, note, stamp, marks: [[x, text]],
//   series: [{name, kind or '', style, x, y, low, high, labels}]}]}. Event: pick {chart, series, index}.
const NS = 'http://www.w3.org/2000/svg';
const s = (tag, attributes, text) => {
  const node = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
const LEFT = 58, RIGHT = 14, TOP = 10, BOTTOM = 44;
const say = (n) => {
  const size = Math.abs(n);
  if (n === 0) return '0';
  if (size >= 1e6 || size < 1e-3) return n.toExponential(1).replace('e+', 'e');
  return size >= 1000 ? Math.round(n).toLocaleString('en') : String(+n.toPrecision(3));
};
const ticks = (low, high, log, most) => {
  if (log) {
    const a = Math.floor(Math.log10(low)), b = Math.ceil(Math.log10(high));
    const within = (parts) => Array.from({ length: b - a + 2 }, (_, k) => parts.map((m) => m * 10 ** (a - 1 + k))).flat()
      .filter((t) => t >= low * 0.999 && t <= high * 1.001);
    const decades = within([1]), every = Math.ceil(decades.length / most), finer = within([1, 2, 5]);
    if (decades.length > 2) return decades.filter((_, k) => k % every === 0);
    return finer.length > 1 ? finer : [low, high];
  }
  const rough = (high - low) / most || 1, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((m) => m * power >= rough) * power;
  const list = [];
  for (let t = Math.ceil(low / step - 1e-9) * step; t <= high + step * 1e-9; t += step) list.push(+t.toPrecision(12));
  return list;
};
const range = (values, log, pad) => {
  const good = values.filter((n) => Number.isFinite(n) && (!log || n > 0));
  let low = Math.min(...good), high = Math.max(...good);
  if (!good.length) return [log ? 0.1 : 0, 1];
  if (low === high) { low = log ? low / 2 : low - (Math.abs(low) || 1) / 2; high = log ? high * 2 : high + (Math.abs(high) || 1) / 2; }
  if (!pad) return [low, high];
  return log ? [low / (high / low) ** 0.04, high * (high / low) ** 0.04] : [low - (high - low) * 0.05, high + (high - low) * 0.05];
};
const colour = (one, i) => (one.kind ? `var(--kind-${one.kind})` : `var(--chart-${(one.colour ?? i) % 8})`);
const plot = (chart, number, width) => {
  const height = Math.max(220, Math.min(340, width * 0.62)), inner = width - LEFT - RIGHT, tall = height - TOP - BOTTOM;
  const bars = chart.series.some((one) => one.style === 'bars');
  const all = chart.series.flatMap((one) => one.x).concat(chart.marks.map((mark) => mark[0]));
  const [x0, x1] = range(all, chart.xLog, bars || chart.series.some((one) => one.style === 'points'));
  const heights = chart.series.flatMap((one) => [...one.y, ...one.low, ...one.high]).concat(bars && !chart.yLog ? [0] : []);
  const [y0, y1] = range(heights, chart.yLog, true);
  const share = (n, a, b, log) => (log ? Math.log(n / a) / Math.log(b / a) : (n - a) / (b - a));
  const X = (n) => LEFT + inner * share(n, x0, x1, chart.xLog), Y = (n) => TOP + tall * (1 - share(n, y0, y1, chart.yLog));
  const svg = s('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `${chart.title}: ${chart.yLabel} against ${chart.xLabel}` });
  for (const t of ticks(y0, y1, chart.yLog, 5)) svg.append(s('line', { x1: LEFT, x2: width - RIGHT, y1: Y(t), y2: Y(t), class: 'chart-grid' }), s('text', { x: LEFT - 7, y: Y(t) + 4, class: 'chart-tick', 'text-anchor': 'end' }, say(t)));
  for (const t of ticks(x0, x1, chart.xLog, width < 420 ? 4 : 7)) svg.append(s('line', { x1: X(t), x2: X(t), y1: TOP + tall, y2: TOP + tall + 5, class: 'chart-axis' }), s('text', { x: X(t), y: height - 26, class: 'chart-tick', 'text-anchor': X(t) + 4 * say(t).length > width ? 'end' : 'middle' }, say(t)));
  svg.append(s('line', { x1: LEFT, x2: width - RIGHT, y1: TOP + tall, y2: TOP + tall, class: 'chart-axis' }));
  svg.append(s('text', { x: LEFT + inner / 2, y: height - 6, class: 'chart-label', 'text-anchor': 'middle', style: `font-size:${Math.min(13, inner / (0.58 * chart.xLabel.length))}px` }, chart.xLabel));
  svg.append(s('text', { x: -(TOP + tall / 2), y: 13, transform: 'rotate(-90)', class: 'chart-label', 'text-anchor': 'middle', style: `font-size:${Math.min(13, tall / (0.58 * chart.yLabel.length))}px` }, chart.yLabel));
  chart.marks.forEach(([at, text], i) => svg.append(s('line', { x1: X(at), x2: X(at), y1: TOP, y2: TOP + tall, class: 'chart-mark' }), s('text', { x: X(at) + (X(at) > width - 110 ? -5 : 5), y: TOP + 12 + 14 * (i % 3), class: 'chart-tick', 'text-anchor': X(at) > width - 110 ? 'end' : 'start' }, text)));
  const points = [];
  chart.series.forEach((one, i) => {
    const ink = colour(one, i), ok = one.x.map((x, k) => Number.isFinite(x) && Number.isFinite(one.y[k]) && (!chart.xLog || x > 0) && (!chart.yLog || one.y[k] > 0));
    const kept = one.x.map((_, k) => k).filter((k) => ok[k]);
    if (one.low.length && one.style === 'line') svg.append(s('path', { d: `M${kept.map((k) => `${X(one.x[k])},${Y(one.high[k])}`).join('L')}L${[...kept].reverse().map((k) => `${X(one.x[k])},${Y(one.low[k])}`).join('L')}Z`, class: 'chart-band', style: `fill:${ink}` }));
    if (one.style === 'line') svg.append(s('path', { d: kept.length ? `M${kept.map((k) => `${X(one.x[k])},${Y(one.y[k])}`).join('L')}` : '', class: 'chart-line', style: `stroke:${ink}`, 'stroke-dasharray': ['', '7 4', '2 4', '9 3 2 3'][i % 4] }));
    const across = bars ? Math.max(2, inner / (Math.max(...chart.series.map((each) => each.x.length)) * (chart.series.length + 0.5)) * 0.86) : 0;
    for (const k of kept) {
      points.push({ x: X(one.x[k]), y: Y(one.y[k]), series: i, index: k });
      if (one.style === 'bars') { const top = Y(one.y[k]), zero = Y(chart.yLog ? y0 : 0); svg.append(s('rect', { x: X(one.x[k]) - across / 2, y: Math.min(top, zero), width: across, height: Math.max(1, Math.abs(zero - top)), style: `fill:${ink}` })); }
      if (one.low.length && one.style !== 'line') svg.append(s('line', { x1: X(one.x[k]), x2: X(one.x[k]), y1: Y(one.low[k]), y2: Y(one.high[k]), style: `stroke:${ink}`, class: 'chart-whisker' }));
      if (one.style === 'points' || (one.style === 'line' && kept.length <= 24)) svg.append(s('circle', { cx: X(one.x[k]), cy: Y(one.y[k]), r: one.style === 'points' ? 5 : 3, style: `fill:${ink}`, class: 'chart-dot' }));
    }
  });
  const ring = s('circle', { r: 7, class: 'chart-ring', visibility: 'hidden' });
  svg.append(ring);
  return { svg, points, ring, number };
};
const draw = () => {
  const v = read();
  if (!v || !v.charts) return;
  const width = Math.max(260, Math.min(760, (element.clientWidth || 640) - 38) / 1);
  if (!v.charts.length) {
    root().replaceChildren(...(v.otherwise ? [h('p', 'lab-note', v.otherwise)] : []));
    drawn();
    return;
  }
  root().replaceChildren(...v.charts.map((chart, number) => {
    const { svg, points, ring } = plot(chart, number, v.charts.length > 1 && width > 700 ? width : width);
    const said = h('p', 'lab-note chart-said', chart.series.length && points.length ? 'Point at the chart, or use the arrow keys, to read its values.' : '', { role: 'status' });
    const board = h('div', 'chart-board', [svg], { tabindex: '0', 'aria-label': `${chart.title}: left and right read the values` });
    let at = -1;
    const show = (i) => {
      at = i;
      const p = points[i], one = chart.series[p.series];
      ring.setAttribute('cx', p.x); ring.setAttribute('cy', p.y); ring.setAttribute('visibility', 'visible');
      const more = one.low.length ? ` (${say(one.low[p.index])} to ${say(one.high[p.index])})` : '';
      said.textContent = `${one.name}: ${one.labels[p.index] ? `${one.labels[p.index]}, ` : ''}${chart.xLabel} ${say(one.x[p.index])}, ${chart.yLabel} ${say(one.y[p.index])}${more}`;
    };
    const nearest = (event) => {
      const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width;
      const x = (event.clientX - box.left) * scale, y = (event.clientY - box.top) * scale;
      return points.reduce((best, p, i) => { const d = (p.x - x) ** 2 + (p.y - y) ** 2; return d < best[0] ? [d, i] : best; }, [Infinity, -1])[1];
    };
    const pick = (i) => { if (i >= 0) trigger('pick', { chart: number, series: points[i].series, index: points[i].index }); };
    board.addEventListener('pointermove', (event) => { const i = nearest(event); if (i >= 0) show(i); });
    board.addEventListener('click', (event) => pick(nearest(event)));
    board.addEventListener('keydown', (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step && points.length) { event.preventDefault(); show((at + step + points.length) % points.length); }
      if (event.key === 'Enter' && at >= 0) pick(at);
    });
    const legend = chart.series.length > 1 ? h('ul', 'chart-legend', chart.series.map((one, i) => h('li', '', one.name, { style: `--ink:${colour(one, i)}` }))) : null;
    return h('section', 'lab-group chart-one', [h('h3', '', [`${chart.title} `, stamp(chart.stamp)]), chart.note ? h('p', 'lab-note', chart.note) : null, legend, board, said]);
  }));
  drawn();
};
watch('value', draw);
let last = 0;
new ResizeObserver(() => { const now = element.clientWidth; if (now && Math.abs(now - last) > 8) { last = now; const count = root().dataset.drawn; draw(); if (count) root().dataset.drawn = count; } }).observe(element);
draw();
