// Charts over time, drawn by dygraphs: points by verdict, a band for the baseline, marks where the
// environment changed. Beside each chart its numbers stand in a table, for those who cannot see it.
'use strict';

(() => {
  const {h} = assay;
  let charts = [];
  assay.clearCharts = () => {
    for (const chart of charts) chart.destroy();
    charts = [];
  };

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // The colours of points by verdict: read once per drawing, not once per point.
  const palette = () => Object.fromEntries(Object.keys(assay.VERDICTS).map((letter) =>
      [letter, colour(letter === 'p' || letter === 'a' ? '--series' : `--v-${letter}`)]));

  // Verdicts differ by shape as well as by colour.
  const drawPoint = (context, x, y, letter, size, colours) => {
    context.fillStyle = colours[letter];
    context.beginPath();
    if (letter === 'f') {
      context.moveTo(x, y - size - 1);
      context.lineTo(x + size + 1, y + size);
      context.lineTo(x - size - 1, y + size);
    } else if (letter === 'e') {
      context.rect(x - size, y - size, 2 * size, 2 * size);
    } else {
      context.arc(x, y, size, 0, 2 * Math.PI);
    }
    context.fill();
  };

  // Bands are [index of the first point, minimum or null, maximum or null]; each holds until the next.
  const drawBands = (context, area, graph, times, bands) => {
    const [bottom, top] = graph.yAxisRange();
    bands.forEach(([from, minimum, maximum], at) => {
      const next = bands[at + 1];
      const left = Math.max(area.x, at === 0 ? area.x : graph.toDomXCoord(times[from]));
      const right = Math.min(area.x + area.w, next ? graph.toDomXCoord(times[next[0]]) : area.x + area.w);
      if (right <= left) return;
      const high = graph.toDomYCoord(maximum === null ? top : Math.min(maximum, top));
      const low = graph.toDomYCoord(minimum === null ? bottom : Math.max(minimum, bottom));
      context.fillStyle = colour('--band');
      context.fillRect(left, high, right - left, Math.max(low - high, 1));
      context.strokeStyle = colour('--band-edge');
      for (const bound of [minimum, maximum]) {
        if (bound === null || bound > top || bound < bottom) continue;
        context.beginPath();
        context.moveTo(left, graph.toDomYCoord(bound));
        context.lineTo(right, graph.toDomYCoord(bound));
        context.stroke();
      }
    });
  };

  const drawChanges = (context, area, graph, changes) => {
    context.strokeStyle = colour('--change');
    context.setLineDash([4, 3]);
    for (const {time} of changes) {
      const x = graph.toDomXCoord(time);
      if (x < area.x || x > area.x + area.w) continue;
      context.beginPath();
      context.moveTo(x, area.y);
      context.lineTo(x, area.y + area.h);
      context.stroke();
    }
    context.setLineDash([]);
  };

  // The range that shows every value, and the baseline where it is not far away.
  const valueRange = (columns, bands) => {
    let [low, high] = [Infinity, -Infinity];
    for (const column of columns) {
      for (const value of column) {
        if (value === null) continue;
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    if (low > high) return null;
    const reach = Math.max(high - low, Math.abs(high) * 0.01) * 3;
    for (const bound of bands.flatMap(([, minimum, maximum]) => [minimum, maximum])) {
      if (bound === null || bound < low - reach || bound > high + reach) continue;
      low = Math.min(low, bound);
      high = Math.max(high, bound);
    }
    const margin = (high - low || Math.abs(high) || 1) * 0.06;
    return [low - margin, high + margin];
  };

  // With `steps` instead of times the chart is a curve of one run; it has no `open`.
  // chart({title, unit, times, letters, columns: [{name, values}], bands, changes, describe, open})
  // `describe(at)` gives the lines of text for a point, `open(at)` is called on a click.
  assay.chart = (options) => {
    const {times, letters, steps = null, columns, bands = [], changes = []} = options;
    const plot = h('div', {class: 'plot', role: 'img', 'aria-label': options.label || options.title});
    const legend = h('p', {class: 'legend', 'aria-live': 'off'}, options.hint || ' ');
    const figure = h('figure', {class: 'chart'},
        h('figcaption', {}, options.title, options.unit ? h('span', {class: 'unit'}, ` ${options.unit}`) : null),
        plot, legend);
    const rows = (steps || times.map((time) => new Date(time))).map((x, at) => [x, ...columns.map(({values}) => values[at])]);
    const pointSize = steps || rows.length > 1000 ? 1.5 : 3;
    const draw = () => {
      const colours = palette();
      const chart = new Dygraph(plot, rows, {
        labels: [steps ? 'step' : 'time', ...columns.map(({name}) => name)],
        colors: columns.map((column, at) => colour(at ? '--series-2' : '--series')),
        valueRange: valueRange(columns.map(({values}) => values), bands),
        xRangePad: 8,
        dateWindow: times && times.length === 1 ? [times[0] - 43200000, times[0] + 43200000] : null,
        axes: {y: {axisLabelWidth: 62, axisLabelFormatter: (value) => assay.number(value)}},
        drawPoints: true,
        pointSize,
        strokeWidth: rows.length > 2000 ? 0 : 1,
        connectSeparatedPoints: true,
        axisLabelFontSize: 12,
        axisLineColor: colour('--line'),
        gridLineColor: colour('--grid'),
        highlightCircleSize: 5,
        labelsDiv: h('div', {}),
        legend: 'never',
        drawPointCallback: (graph, name, context, x, y, unused, size, at) =>
          drawPoint(context, x, y, letters && name === columns[0].name ? letters[at] : 'p', size, colours),
        underlayCallback: (context, area, graph) => {
          drawBands(context, area, graph, times, bands);
          drawChanges(context, area, graph, changes);
        },
        highlightCallback: (event, x, points, at) => legend.replaceChildren(...options.describe(at)),
        unhighlightCallback: () => legend.replaceChildren(options.hint || ' '),
        pointClickCallback: (event, point) => options.open && options.open(point.idx),
      });
      charts.push(chart);
    };
    // A chart is drawn when it comes into view: a case may have dozens.
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      draw();
    }, {rootMargin: '200px'});
    observer.observe(plot);
    return figure;
  };
})();
