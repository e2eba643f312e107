// A case's page: each metric over time, what was checked, what ran where.
'use strict';

(() => {
  const {h} = assay;

  const STATUS = {passed: 'p', failed: 'f', regressed: 'f', improved: 'p', missing: 'f', 'no-baseline': 's', no_baseline: 's'};
  const ENVIRONMENT = {gpu: 'GPU', driver: 'GPU driver', image: 'image', launcher: 'launcher', assay: 'Assay'};
  const DAY = 86400000;

  // Where what a result depends on became another: [{time, text}]. What is not known changes nothing.
  const environmentChanges = (rows, times) => {
    const known = {};
    const found = [];
    rows.forEach(({environment}, at) => {
      const texts = [];
      for (const [name, title] of Object.entries(ENVIRONMENT)) {
        const value = environment && environment[name];
        if (!value) continue;
        if (known[name] && known[name] !== value) texts.push(`${title}: ${known[name]} → ${value}`);
        known[name] = value;
      }
      if (texts.length) found.push({time: times[at], text: texts.join(', ')});
    });
    return found;
  };

  // What this page shows of a case's rows, as its address says.
  const selectRows = (index, data, entry, query) => {
    const runs = assay.runsOf(index, query.branch);
    const gpus = [...new Set(data.rows.map(({environment}) => environment ? environment.gpu : '').filter(Boolean))];
    // One series by default: another GPU's numbers say nothing of this one's.
    const newest = gpus[gpus.length - 1] || '';
    const gpu = query.gpu === '*' || gpus.length < 2 ? '' : gpus.includes(query.gpu) ? query.gpu : newest;
    const latest = index.runs.length ? index.runs[index.runs.length - 1].time : 0;
    const since = query.days ? latest - Number(query.days) * DAY : -Infinity;
    const positions = data.rows.map((row, at) => at).filter((at) => {
      const {run, environment} = data.rows[at];
      const held = environment ? environment.gpu : '';
      return (!runs || runs.has(run)) && (!gpu || !held || held === gpu) && index.runs[run].time >= since;
    });
    return {gpus, gpu, positions};
  };

  // Bands hold from a row on; a filtered view starts with the one that held before it.
  const shownBands = (metric, positions) => {
    const bands = [];
    let at = 0;
    for (const [from, minimum, maximum] of metric.bands) {
      while (at < positions.length && positions[at] < from) ++at;
      if (at >= positions.length) break;
      if (bands.length && bands[bands.length - 1][0] === at) bands.pop();
      bands.push([at, minimum, maximum]);
    }
    return bands;
  };

  const shownMetrics = (data, positions) => data.metrics
      .map((metric, at) => ({...metric, shown: positions.map((row) => metric.values[row]), bands: shownBands(metric, positions), at,
                             // First what the recipe names, then what is held against a baseline, then the rest.
                             rank: (metric.goal ? 0 : 2) + (metric.bands.length ? 0 : 1)}))
      .filter(({shown, bands}) => bands.length || shown.some((value) => value !== null))
      .sort((a, b) => a.rank - b.rank || a.at - b.at);

  // Makes charts of this page's rows.
  const chartMaker = (index, rows, query) => {
    const times = rows.map(({run}) => index.runs[run].time);
    const letters = rows.map(({letter}) => letter).join('');
    const changes = environmentChanges(rows, times);
    const window = query.from && query.to ? [Number(query.from), Number(query.to)] : null;
    const shown = (value, unit) => unit === 'time' ? assay.duration(value) || '–' : `${assay.number(value)}${unit ? ` ${unit}` : ''}`;
    const describe = (values, unit) => (at) => {
      const {run, letter, note} = rows[at];
      const {commit, branch} = index.runs[run];
      const change = changes.find(({time}) => time === times[at]);
      return [assay.badge(letter), ` ${shown(values[at], unit)} · `, assay.time(times[at]),
              ...[commit.slice(0, 10), branch, change && change.text, note].filter(Boolean).map((text) => ` · ${text}`)];
    };
    const details = (values, unit, bands) => (at) => {
      const {run, letter, note, record, job, queue, seconds, environment} = rows[at];
      const held = bands.filter(([from]) => from <= at).pop();
      const environmentText = environment ? Object.entries(ENVIRONMENT).filter(([name]) => environment[name])
          .map(([name, title]) => `${title} ${environment[name]}`).join(', ') : '';
      return [assay.definitions([
        ['result', [assay.badge(letter), ` ${shown(values[at], unit)}`]], ['why', note],
        ['baseline', held ? `${assay.number(held[1])} to ${assay.number(held[2])}` : ''], ['run', assay.runLink(index, run)],
        ['commit', index.runs[run].commit], ['branch', index.runs[run].branch], ['job', job],
        ['ran, queued', seconds === null ? '' : `${assay.duration(seconds)}, ${assay.duration(queue)}`],
        ['environment', environmentText], ['record', record ? h('code', {}, record) : '']])];
    };
    const make = (title, unit, values, bands = []) => assay.chart({
      title, unit: unit === 'time' ? '' : unit, times, letters, bands, changes, window, columns: [{name: title, values}],
      describe: describe(values, unit), details: details(values, unit, bands), hint: `Newest: ${shown(values[values.length - 1], unit)}`,
      format: unit === 'time' ? assay.duration : null,
      label: `${title} over ${rows.length} results, newest ${shown(values[values.length - 1], unit)}`,
      onZoom: (range) => {
        assay.putQuery({from: range ? String(Math.round(range[0])) : '', to: range ? String(Math.round(range[1])) : ''});
        assay.setWindow(range);
      },
    });
    return {make, changes, letters};
  };

  // A curve and what it was held against, on the steps of both.
  const curveChart = ({name, unit, steps, values, golden}) => {
    const logged = assay.unpack(values, steps.length);
    const held = golden ? assay.unpack(golden.values, golden.steps.length) : [];
    const all = golden ? [...new Set([...steps, ...golden.steps])].sort((a, b) => a - b) : steps;
    const on = (own, numbers) => {
      const byStep = new Map(own.map((step, at) => [step, numbers[at]]));
      return all.map((step) => byStep.has(step) ? byStep.get(step) : null);
    };
    const columns = [{name, values: on(steps, logged)}];
    if (golden) columns.push({name: 'golden', values: on(golden.steps, held), isReference: true});
    return assay.chart({
      title: `${name} by step`, unit, steps: all, columns,
      hint: `${steps.length} points, the last at step ${steps[steps.length - 1]}`,
      label: `${name} over ${steps[steps.length - 1]} steps, at the end ${assay.number(logged[logged.length - 1])}`,
      describe: (at) => [`step ${all[at]}: ${assay.number(columns[0].values[at])}${unit ? ` ${unit}` : ''}`,
                         golden && columns[1].values[at] !== null ? `, golden ${assay.number(columns[1].values[at])}` : ''],
    });
  };

  const heading = (index, entry, state) => [
    h('h1', {class: 'long'}, entry.name),
    h('p', {}, assay.badge(state.letter), entry.launcher ? [' on ', h('strong', {}, entry.launcher)] : null, ' in ', assay.runLink(index, state.run),
      ` (${assay.age(index.runs[Math.max(state.run, 0)].time)})`,
      state.since >= 0 && state.since !== state.run ? [state.isBad ? ', bad since ' : ', good since ', assay.runLink(index, state.since)] : null,
      state.isBad && state.lastOther >= 0 ? [' · ', h('a', {href: assay.link(['compare'],
        {a: index.runs[state.lastOther].id, b: index.runs[state.since].id})}, 'what changed when it broke')] : null),
  ];

  const filters = (index, entry, siblings, query, go, {gpus, gpu}) => h('div', {class: 'fields'},
    assay.branchField(index, query, go),
    siblings.length < 2 ? null : assay.select('launcher', 'Launcher',
      [...siblings.map(({id, launcher}) => [id, launcher || '(none)']), ['*', 'all']], query.launcher === '*' ? '*' : entry.id,
      (value) => { if (value === '*') go({...query, launcher: '*'}); else location.hash = assay.link(['case', value], {...query, launcher: ''}); }),
    gpus.length < 2 ? null : assay.select('gpu', 'GPU', [...gpus.map((name) => [name, name]), ['*', 'all']], gpu || '*', (value) => go({...query, gpu: value})),
    assay.select('days', 'Period', [['', 'all'], ['14', '2 weeks'], ['30', '30 days'], ['90', '90 days']], query.days || '', (days) => go({...query, days, from: '', to: ''})),
    h('button', {type: 'button', id: 'whole', hidden: !query.from, onclick: () => { assay.setWindow(null); assay.putQuery({from: '', to: ''}); }}, 'Reset zoom'));

  const checks = ({findings}) => !findings.length ? null : [
    h('h2', {}, 'Checks of the newest result'),
    assay.table('Checks of the newest result', [['', 'narrow'], ['Check', 'name'], ['Expected'], ['Actual'], ['Why', 'text']],
      findings.map((finding) => [assay.badge(STATUS[finding.status] || 's', finding.status), finding.check, finding.expected, finding.actual, finding.reason]))];

  const results = (index, rows, metrics) => {
    const shown = metrics.slice(0, 3);
    return [h('h2', {}, 'Results'),
      assay.longTable('Results, newest first', [['', 'narrow'], ['Run', 'narrow'], ['Commit', 'narrow'], ['Branch', 'wide'], ['Ran', 'number wide'], ['Queued', 'number wide'],
          ...shown.map(({name, unit}) => [unit ? `${name} (${unit})` : name, 'number']), ['Why', 'text']],
        rows.map((row, at) => at).reverse(), (at) => {
          const row = rows[at];
          const run = index.runs[row.run];
          return [assay.badge(row.letter), assay.runLink(index, row.run), run.commit.slice(0, 10), run.branch, assay.duration(row.seconds),
                  assay.duration(row.queue), ...shown.map((metric) => assay.number(metric.shown[at])), row.note];
        }, 25)];
  };

  const record = (data) => {
    const {latest} = data;
    return [h('h2', {}, 'Newest record'),
      h('p', {}, 'Run it again: ', h('code', {}, `assay run ${data.recipe} --product ${data.key} --launcher ${data.launcher}`)),
      assay.definitions([['recipe', `${data.recipe}:${data.line}`], ['key', data.key], ['maintainers', data.maintainers.join(', ')],
        ['image', latest.image], ['commit', latest.commit], ['user', latest.user], ['host', latest.host], ['directory', latest.directory],
        ...latest.attempts.map(({job, nodes, end}, at) => [`attempt ${at + 1}`, `job ${job || '–'} on ${nodes || '–'}: ${end}`]),
        ['logs', latest.logs.join(' ')], ['warnings', latest.warnings.join('; ')], ...latest.parameters])];
  };

  const charts = (metrics, chart, latest) => {
    const curves = latest && latest.curves ? latest.curves : [];
    return [h('h2', {}, 'Metrics'),
      assay.chartKey(chart.letters, {band: metrics.some(({bands}) => bands.length), change: chart.changes.length > 0, golden: curves.some(({golden}) => golden)}),
      metrics.length ? h('div', {class: 'charts'}, metrics.map((metric) => chart.make(metric.name, metric.unit, metric.shown, metric.bands))) :
        h('p', {class: 'quiet'}, 'No metric was collected yet.'),
      chart.changes.length ? [h('h3', {}, 'Environment changes'),
        h('ol', {class: 'changes'}, chart.changes.map(({time, text}) => h('li', {}, assay.time(time), ` ${text}`)))] : null,
      curves.length ? [h('h2', {}, 'Curves of the newest result'), h('div', {class: 'charts'}, curves.map(curveChart))] : null];
  };

  assay.pages.case = async (index, [id], query, go) => {
    const entry = index.cases.find((other) => other.id === id);
    if (!entry) return {title: 'Case', content: assay.problem('There is no such case in this dashboard.')};
    const siblings = index.cases.filter(({key}) => key === entry.key);
    const data = await assay.loadCases(index, query.launcher === '*' ? siblings : [entry]);
    const selected = selectRows(index, data, entry, query);
    const rows = selected.positions.map((at) => data.rows[at]);
    const metrics = shownMetrics(data, selected.positions);
    const chart = chartMaker(index, rows, query);
    const state = assay.stateOf(entry, assay.runsOf(index, query.branch));
    const newest = data.rows[data.rows.length - 1];
    return {title: entry.name, content: [
      heading(index, entry, state),
      newest.note && newest.letter !== 'p' ? h('p', {class: `verdict-line v-${newest.letter}`}, newest.note) : null,
      h('p', {class: 'labels'}, entry.labels.map(([name, value]) =>
        h('a', {class: 'label', href: assay.link(['cases'], {q: `${name}=${value}`})}, `${name}=${value}`))),
      filters(index, entry, siblings, query, go, selected),
      rows.length === 0 ? h('p', {class: 'problem'}, 'No result of this branch, GPU and period.') : [
        charts(metrics, chart, data.latest),
        h('h2', {}, 'Time'),
        h('div', {class: 'charts'}, chart.make('run time', 'time', rows.map(({seconds}) => seconds)), chart.make('queue time', 'time', rows.map(({queue}) => queue))),
      ],
      data.latest ? checks(data.latest) : null,
      rows.length ? results(index, rows, metrics) : null,
      data.latest ? record(data) : h('p', {class: 'quiet'}, 'It never left a record.'),
    ]};
  };
})();
