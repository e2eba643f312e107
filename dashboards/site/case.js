// A case's page: each metric over time, what was checked, what ran where.
'use strict';

(() => {
  const {h} = assay;

  const STATUS = {passed: 'p', failed: 'f', regressed: 'f', improved: 'p', missing: 'f', 'no-baseline': 's', no_baseline: 's'};
  const ENVIRONMENT = {gpu: 'GPU', driver: 'GPU driver', image: 'image', assay: 'Assay'};

  // Where what a result depends on became another: [{time, text}].
  const environmentChanges = (data, times, rows) => {
    const found = [];
    for (let at = 1; at < rows.length; ++at) {
      const before = data.environments[data.environment[rows[at - 1]]];
      const after = data.environments[data.environment[rows[at]]];
      const text = Object.keys(ENVIRONMENT).filter((name) => before[name] !== after[name] && after[name] && before[name])
          .map((name) => `${ENVIRONMENT[name]}: ${before[name]} → ${after[name]}`).join(', ');
      if (text) found.push({time: times[at], text});
    }
    return found;
  };

  const definitions = (entries) => h('dl', {}, entries.filter(([, value]) => value !== '' && value !== null)
      .map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));

  assay.pages.case = async (index, [id], query, go) => {
    const entry = index.cases.find((other) => other.id === id);
    if (!entry) return {title: 'Case', content: assay.problem('There is no such case in this dashboard.')};
    const data = await assay.loadCase(id);
    const branchRuns = assay.runsOf(index, query.branch);
    const gpus = [...new Set(data.environments.map(({gpu}) => gpu))];
    const gpu = query.gpu !== undefined && gpus.includes(query.gpu) ? query.gpu : null;
    // Rows of this page: of the branch and GPU asked for; a result that reached no GPU stays in.
    const rows = data.runs.map((run, at) => at).filter((at) => {
      const held = data.environments[data.environment[at]].gpu;
      return (!branchRuns || branchRuns.has(data.runs[at])) && (gpu === null || held === gpu || !held);
    });
    const position = new Map(rows.map((row, at) => [row, at]));
    const times = rows.map((row) => index.runs[data.runs[row]].time);
    const letters = rows.map((row) => data.verdicts[row]).join('');
    const changes = environmentChanges(data, times, rows);
    const state = assay.stateOf(entry, branchRuns);

    const describe = (column, unit) => (at) => {
      const row = rows[at];
      const run = index.runs[data.runs[row]];
      const change = changes.find(({time}) => time === times[at]);
      return [assay.badge(letters[at]), ` ${assay.number(column[at])}${unit ? ` ${unit}` : ''} · `, assay.time(times[at]),
              run.commit ? ` · ${run.commit.slice(0, 10)}` : '', run.branch ? ` · ${run.branch}` : '',
              change ? ` · ${change.text}` : '', data.notes[row] ? ` · ${data.notes[row]}` : ''];
    };
    const open = (at) => { location.hash = assay.link(['run', index.runs[data.runs[rows[at]]].id]); };
    const chart = (title, unit, values, bands) => assay.chart({
      title, unit, times, letters, bands, changes, open, describe: describe(values, unit),
      columns: [{name: title, values}], hint: 'Point at a result for its numbers, click it for its run.',
      label: `${title} over ${rows.length} results, newest ${assay.number(values[values.length - 1])}`,
    });
    // Bands hold from a row on; a filtered view starts with the one that held before it.
    const bandsOf = (metric) => {
      const bands = [];
      for (const [from, minimum, maximum] of metric.bands) {
        const at = rows.findIndex((row) => row >= from);
        if (at < 0) break;
        if (bands.length && bands[bands.length - 1][0] === at) bands.pop();
        bands.push([at, minimum, maximum]);
      }
      return bands;
    };
    const valuesOf = (column) => rows.map((row) => column[row]);
    const metrics = data.metrics.map((metric) => ({...metric, shown: valuesOf(metric.values)}))
        .filter((metric) => metric.shown.some((value) => value !== null))
        // First what the recipe names, then what is held against a baseline, then the rest.
        .map((metric, at) => ({...metric, rank: (metric.goal ? 0 : 2) + (metric.bands.length ? 0 : 1), at}))
        .sort((a, b) => a.rank - b.rank || a.at - b.at);

    const {latest} = data;
    const newestRows = [...rows].reverse();
    return {title: entry.name, content: [
      h('h1', {class: 'long'}, entry.name),
      h('p', {}, assay.badge(state.letter), ' on ', h('strong', {}, entry.launcher), ' in ', assay.runLink(index, state.run),
        state.since >= 0 && state.since !== state.run ? [', so since ', assay.runLink(index, state.since)] : null,
        state.lastGood >= 0 && assay.isBad(state.letter) ? [' (', h('a', {href: assay.link(['compare'],
          {a: index.runs[state.lastGood].id, b: index.runs[state.since].id})}, 'what changed'), ')'] : null),
      latest.summary && state.letter !== 'p' ? h('p', {class: `verdict-line v-${state.letter}`}, latest.summary) : null,
      h('p', {class: 'labels'}, entry.labels.map(([name, value]) =>
        h('a', {class: 'label', href: assay.link(['cases'], {q: `${name}=${value}`})}, `${name}=${value}`))),
      h('p', {class: 'fields'},
        gpus.length < 2 ? null : assay.select('gpu', 'GPU ', [['*', 'all'], ...gpus.filter(Boolean).map((name) => [name, name])],
          gpu === null ? '*' : gpu, (value) => go({...query, gpu: value === '*' ? '' : value})),
        query.branch ? ['Branch: ', query.branch, ' ', h('a', {href: assay.link(['case', id])}, 'show all')] : null),
      rows.length === 0 ? assay.problem('No result of this branch and GPU.') : [
        h('h2', {}, 'Metrics'),
        metrics.length ? h('div', {class: 'charts'}, metrics.map((metric) => chart(metric.name, metric.unit, metric.shown, bandsOf(metric)))) :
          h('p', {class: 'quiet'}, 'No metric was collected yet.'),
        changes.length ? [h('h3', {}, 'Environment changes'), h('ul', {}, changes.map(({time, text}) => h('li', {}, assay.time(time), `: ${text}`)))] : null,
        h('h2', {}, 'Time'),
        h('div', {class: 'charts'}, chart('run time', 's', valuesOf(data.run), []), chart('queue time', 's', valuesOf(data.queue), [])),
      ],
      !latest.curves || !latest.curves.length ? null : [
        h('h2', {}, 'Curves of the newest result'),
        h('div', {class: 'charts'}, latest.curves.map(({name, unit, steps, values}) => assay.chart({
          title: `${name} by step`, unit, steps, columns: [{name, values}], hint: 'Point at a step for its value.',
          label: `${name} over ${steps[steps.length - 1]} steps, at the end ${assay.number(values[values.length - 1])}`,
          describe: (at) => [`step ${steps[at]}: ${assay.number(values[at])}${unit ? ` ${unit}` : ''}`],
        }))),
      ],
      h('h2', {}, 'Newest checks'),
      assay.table('Checks of the newest result', [['', 'narrow'], ['Check', 'name'], ['Expected'], ['Actual'], ['Why']],
        latest.findings.map((finding) => [assay.badge(STATUS[finding.status] || 's', finding.status), finding.check, finding.expected, finding.actual, finding.reason])),
      h('h2', {}, 'Results'),
      assay.longTable('Results, newest first', [['', 'narrow'], ['Run'], ['Commit'], ['Branch'], ['Ran', 'number'], ['Queued', 'number'],
          ...metrics.slice(0, 3).map(({name, unit}) => [unit ? `${name} (${unit})` : name, 'number']), ['Why']],
        newestRows, (row) => {
          const run = index.runs[data.runs[row]];
          return [assay.badge(data.verdicts[row]), assay.runLink(index, data.runs[row]), run.commit.slice(0, 10), run.branch,
                  assay.duration(data.run[row]), assay.duration(data.queue[row]),
                  ...metrics.slice(0, 3).map((metric) => assay.number(metric.shown[position.get(row)])), data.notes[row] || ''];
        }, 25),
      h('h2', {}, 'Newest record'),
      h('p', {}, 'Run it again: ', h('code', {}, `assay run ${data.recipe} --product ${data.key} --launcher ${data.launcher}`)),
      definitions([['recipe', `${data.recipe}:${data.line}`], ['key', data.key], ['maintainers', data.maintainers.join(', ')],
        ['image', latest.image], ['commit', latest.commit], ['user', latest.user], ['host', latest.host], ['directory', latest.directory],
        ...latest.attempts.map(({job, nodes, end}, at) => [`attempt ${at + 1}`, `job ${job || '–'} on ${nodes || '–'}: ${end}`]),
        ['logs', latest.logs.join(' ')], ...latest.parameters]),
    ]};
  };
})();
