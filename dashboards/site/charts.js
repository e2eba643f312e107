// Charts, drawn by dygraphs: points by verdict, a band for the baseline, marks where the environment
// changed. A chart is a slider for the keyboard: arrows go from result to result, Enter shows one.
'use strict';

(() => {
  const {h} = assay;
  let charts = [];   // drawn ones of this page
  let waiting = [];  // those that come into view later

  // Forgets the charts that are on the page no more.
  assay.clearCharts = () => {
    for (const {plot, observer} of waiting) if (!plot.isConnected) observer.disconnect();
    for (const {plot, graph} of charts) if (!plot.isConnected) graph.destroy();
    charts = charts.filter(({plot}) => plot.isConnected);
    waiting = waiting.filter(({plot}) => plot.isConnected);
  };

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // The colours of points by verdict: read once per drawing, not once per point.
  const palette = () => ({...Object.fromEntries(Object.keys(assay.VERDICTS).map((letter) =>
      [letter, colour(letter === '.' ? '--v-none' : `--v-${letter}`)])), p: colour('--series')});

  const PATHS = {
    f: (context, x, y, size) => {
      context.moveTo(x, y - size - 1);
      context.lineTo(x + size + 1, y + size);
      context.lineTo(x - size - 1, y + size);
    },
    e: (context, x, y, size) => context.rect(x - size, y - size, 2 * size, 2 * size),
    m: (context, x, y, size) => context.rect(x - size, y - size, 2 * size, 2 * size),
    a: (context, x, y, size) => {
      context.moveTo(x, y - size - 1);
      context.lineTo(x + size + 1, y);
      context.lineTo(x, y + size + 1);
      context.lineTo(x - size - 1, y);
    },
  };
  // Verdicts differ by shape as well as by colour.
  const drawPoint = (context, x, y, letter, size, colours) => {
    context.fillStyle = colours[letter];
    context.beginPath();
    if (PATHS[letter]) PATHS[letter](context, x, y, Math.max(size, 3));
    else context.arc(x, y, size, 0, 2 * Math.PI);
    context.fill();
  };

  // Thousands of points: those that passed as small squares, each pixel once, the others as ever.
  const drawManyPoints = (context, area, graph, options, colours) => {
    const {times, letters, columns: [{values}]} = options;
    const [[from, to], [bottom, top]] = [graph.xAxisRange(), graph.yAxisRange()];
    const [perX, perY] = [area.w / (to - from), area.h / (top - bottom)];
    const taken = new Set();
    const others = [];
    context.fillStyle = colours.p;
    for (let at = 0; at < times.length; ++at) {
      if (values[at] === null || times[at] < from || times[at] > to) continue;
      const [x, y] = [Math.round(area.x + (times[at] - from) * perX), Math.round(area.y + (top - values[at]) * perY)];
      if (PATHS[letters[at]]) {
        others.push([x, y, letters[at]]);
      } else if (!taken.has(x * 8192 + y)) {
        taken.add(x * 8192 + y);
        context.fillRect(x - 1, y - 1, 2, 2);
      }
    }
    for (const [x, y, letter] of others) drawPoint(context, x, y, letter, 3, colours);
  };

  // Bands are [index of the first point, minimum or null, maximum or null]; each holds until the next.
  const drawBands = (context, area, graph, times, bands) => {
    const [bottom, top] = graph.yAxisRange();
    const [fill, edge] = [colour('--band'), colour('--band-edge')];
    bands.forEach(([from, minimum, maximum], at) => {
      const next = bands[at + 1];
      const left = Math.max(area.x, at === 0 && from === 0 ? area.x : graph.toDomXCoord(times[from]));
      const right = Math.min(area.x + area.w, next ? graph.toDomXCoord(times[next[0]]) : area.x + area.w);
      if (right <= left || (minimum === null && maximum === null)) return;
      const high = graph.toDomYCoord(maximum === null ? top : Math.min(maximum, top));
      const low = graph.toDomYCoord(minimum === null ? bottom : Math.max(minimum, bottom));
      context.fillStyle = fill;
      context.fillRect(left, high, right - left, Math.max(low - high, 1));
      context.fillStyle = edge;
      for (const bound of [minimum, maximum]) {
        if (bound === null || bound > top || bound < bottom) continue;
        context.fillRect(left, graph.toDomYCoord(bound) - 0.5, right - left, 1);
      }
    });
  };

  // A dashed line where the environment changed, with the number that its text has on the page.
  const drawChanges = (context, area, graph, changes) => {
    context.strokeStyle = context.fillStyle = colour('--change');
    context.font = 'bold 11px sans-serif';
    context.textAlign = 'center';
    context.setLineDash([4, 3]);
    changes.forEach(({time}, at) => {
      const x = graph.toDomXCoord(time);
      if (x < area.x || x > area.x + area.w) return;
      context.beginPath();
      context.moveTo(x, area.y + 14);
      context.lineTo(x, area.y + area.h);
      context.stroke();
      context.fillText(String(at + 1), Math.min(Math.max(x, area.x + 6), area.x + area.w - 6), area.y + 11);
    });
    context.setLineDash([]);
  };

  // Bad results that have no number stand on the axis.
  const drawWithoutNumber = (context, area, graph, options, colours) => {
    const {times, letters, columns} = options;
    for (let at = 0; at < times.length; ++at) {
      if (!assay.isBad(letters[at]) || columns.some(({values}) => values[at] !== null)) continue;
      const x = graph.toDomXCoord(times[at]);
      if (x >= area.x && x <= area.x + area.w) drawPoint(context, x, area.y + area.h - 5, letters[at], 3, colours);
    }
  };

  // The range that shows every value, and the baseline where it is not far away.
  const valueRange = (columns, bands) => {
    let [low, high] = [Infinity, -Infinity];
    for (const {values} of columns) {
      for (const value of values) {
        if (value === null) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    if (low > high) return null;
    const reach = Math.max(high - low, Math.abs(high) * 0.01) * 3;
    for (const [, minimum, maximum] of bands) {
      for (const bound of [minimum, maximum]) {
        if (bound === null || bound < low - reach || bound > high + reach) continue;
        low = Math.min(low, bound);
        high = Math.max(high, bound);
      }
    }
    const margin = (high - low || Math.abs(high) || 1) * 0.08;
    return [low - margin, high + margin];
  };

  // Zooming by mouse as dygraphs does it; a finger scrolls the page and taps points.
  const interaction = () => {
    const {mousedown, dblclick} = Dygraph.defaultInteractionModel;
    return {mousedown, dblclick, willDestroyContextMyself: true};
  };

  const isInView = (plot) => {
    const {top, bottom} = plot.getBoundingClientRect();
    return plot.isConnected && bottom > 0 && top < innerHeight;
  };

  // All charts over time on a page show the same window; those out of view when there is time.
  assay.setWindow = (window) => {
    const timed = charts.filter(({isTimed}) => isTimed);
    const set = ({graph, plot}) => { if (plot.isConnected) graph.updateOptions({dateWindow: window}); };
    timed.filter(({plot}) => isInView(plot)).forEach(set);
    timed.filter(({plot}) => !isInView(plot)).forEach((chart, at) => setTimeout(() => set(chart), 50 * (at + 1)));
  };

  const isWhole = (rows, from, to) => Number(rows[0][0]) >= from && Number(rows[rows.length - 1][0]) <= to;

  const makeGraph = (plot, options, select) => {
    const {times, letters, steps = null, columns, bands = [], changes = []} = options;
    const rows = (steps || times.map((time) => new Date(time))).map((x, at) => [x, ...columns.map(({values}) => values[at])]);
    const many = !steps && rows.length > 1500;
    let colours = palette();
    const lines = Object.fromEntries(columns.map(({name, isReference}, at) => [name, {
      strokePattern: isReference ? [6, 4] : null, drawPoints: !isReference && !many, strokeWidth: isReference ? 2 : many ? 0 : 1.2,
      color: colour(at ? '--series-2' : '--series')}]));
    return new Dygraph(plot, rows, {
      labels: [steps ? 'step' : 'time', ...columns.map(({name}) => name)],
      series: lines,
      valueRange: options.range || valueRange(columns, bands),
      xRangePad: 10,
      dateWindow: times && times.length === 1 ? [times[0] - 43200000, times[0] + 43200000] : options.window || null,
      axes: {y: {axisLabelWidth: 62, axisLabelFormatter: (value) => (options.format || assay.number)(value)}, x: {pixelsPerLabel: 70}},
      fillGraph: Boolean(options.fill),
      pointSize: steps ? 1.2 : 3,
      connectSeparatedPoints: true,
      axisLabelFontSize: 12,
      axisLineColor: colour('--line'),
      gridLineColor: colour('--grid'),
      highlightCircleSize: 5,
      labelsDiv: h('div', {}),
      legend: 'never',
      interactionModel: interaction(),
      animatedZooms: false,
      drawPointCallback: (graph, name, context, x, y, unused, size, at) =>
        drawPoint(context, x, y, letters && name === columns[0].name ? letters[at] : 'p', size, colours),
      underlayCallback: (context, area, graph) => {
        colours = palette();
        if (steps) return;
        drawBands(context, area, graph, times, bands);
        drawChanges(context, area, graph, changes);
        drawWithoutNumber(context, area, graph, options, colours);
        if (many) drawManyPoints(context, area, graph, options, colours);
      },
      highlightCallback: (event, x, points, at) => select.point(at),
      unhighlightCallback: () => select.none(),
      clickCallback: (event, x, points) => { if (points.length) select.open(points[0].idx); },
      zoomCallback: (from, to) => {
        const window = isWhole(rows, from, to) ? null : [from, to];
        if (options.onZoom) options.onZoom(window);
      },
    });
  };

  // What a chart says of its points: on hover the line below it, on click what `details(at)` gives.
  // A renewed page shows the same point again.
  const pinned = new Map();  // address and title -> x of the point
  const makeSelection = (options, plot, legend, details, graphOf) => {
    const {times, steps, describe} = options;
    const xs = steps || times;
    const name = `${location.hash.split('?')[0]} ${options.title}`;
    let current = -1;
    const say = (at) => {
      legend.replaceChildren(...(at < 0 ? [options.hint || ' '] : describe(at)));
      plot.setAttribute('aria-valuenow', String(Math.max(at, 0)));
      plot.setAttribute('aria-valuetext', at < 0 ? options.label : legend.textContent);
    };
    const show = (at) => {
      current = at;
      if (graphOf()) graphOf().setSelection(at);
      say(at);
    };
    const open = (at) => {
      if (!options.details || at < 0) return;
      pinned.set(name, xs[at]);
      details.replaceChildren(h('button', {type: 'button', class: 'close', 'aria-label': 'Close details', onclick: close}, '×'), ...options.details(at));
      details.hidden = false;
    };
    const close = () => {
      pinned.delete(name);
      details.hidden = true;
      details.replaceChildren();
      plot.focus();
    };
    if (pinned.has(name) && xs.includes(pinned.get(name))) open(xs.indexOf(pinned.get(name)));
    plot.addEventListener('keydown', (event) => {
      const last = xs.length - 1;
      const moves = {ArrowLeft: Math.max(0, current < 0 ? last : current - 1), ArrowRight: Math.min(last, current < 0 ? last : current + 1),
                     ArrowDown: Math.max(0, current < 0 ? last : current - 1), ArrowUp: Math.min(last, current < 0 ? last : current + 1),
                     PageUp: Math.max(0, current - 10), PageDown: Math.min(last, current + 10), Home: 0, End: last};
      if (Object.hasOwn(moves, event.key)) show(moves[event.key]);
      else if (event.key === 'Enter') open(current < 0 ? last : current);
      else if (event.key === 'Escape' && !details.hidden) close();
      else return;
      event.preventDefault();
    });
    plot.addEventListener('blur', () => {
      if (current >= 0 && graphOf()) graphOf().clearSelection();
      current = -1;
      say(-1);
    });
    return {point: (at) => say(at), none: () => say(current), open};
  };

  // With `steps` instead of times the chart is a curve of one run.
  // chart({title, unit, times | steps, letters, columns: [{name, values, isReference}], bands, changes,
  //        label, hint, describe(at), details(at), window, onZoom, fill, range})
  // `describe` gives the line for a point, `details` what a click or Enter shows.
  assay.chart = (options) => {
    const xs = options.steps || options.times;
    const plot = h('div', {class: 'plot', role: 'slider', tabindex: '0', 'aria-label': options.title, 'aria-valuemin': '0',
                           'aria-valuemax': String(xs.length - 1), 'aria-valuenow': '0', 'aria-valuetext': options.label});
    const legend = h('p', {class: 'legend'}, options.hint || ' ');
    const details = h('div', {class: 'details', hidden: true});
    const figure = h('figure', {class: 'chart'},
        h('figcaption', {}, options.title, options.unit ? h('span', {class: 'unit'}, ` ${options.unit}`) : null), plot, legend, details);
    let graph = null;
    const select = makeSelection(options, plot, legend, details, () => graph);
    const draw = () => {
      observer.disconnect();
      waiting = waiting.filter((other) => other.plot !== plot);
      graph = makeGraph(plot, options, select);
      charts.push({plot, graph, isTimed: !options.steps});
    };
    // A chart is drawn when it comes into view: a case may have dozens.
    const observer = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) draw(); }, {rootMargin: '200px'});
    observer.observe(plot);
    waiting.push({plot, observer, draw});
    return figure;
  };

  // Draws at once what is in view, so that a renewed page does not blink.
  assay.drawVisible = () => {
    for (const {plot, draw} of [...waiting]) if (isInView(plot)) draw();
  };

  // What the marks of charts mean.
  assay.chartKey = (letters, {band = false, change = false, golden = false} = {}) => {
    const sign = (kind, text) => h('li', {}, h('span', {class: `sign ${kind}`, 'aria-hidden': 'true'}), text);
    const shown = Object.keys(assay.VERDICTS).filter((letter) => 'pfema'.includes(letter) && letters.includes(letter));
    return h('ul', {class: 'key', 'aria-label': 'Marks in the charts'}, shown.map((letter) => sign(`sign-${letter}`, assay.VERDICTS[letter].name)),
             band ? sign('sign-band', 'baseline') : null, change ? sign('sign-change', 'environment change') : null,
             golden ? sign('sign-golden', 'golden') : null);
  };
})();
