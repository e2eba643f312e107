// The list of runs, a run's page, and the comparison of two runs.
'use strict';

(() => {
  const {h} = assay;

  const lettersOf = (index, run) => index.cases.map((entry) => assay.verdictOf(entry, run)).filter((letter) => letter !== '.');
  const findRun = (index, id) => index.runs.findIndex((run) => run.id === id);
  const noRun = (id) => assay.problem(`There is no run '${id}' in this dashboard.`);

  assay.pages.runs = (index, parts, query, go) => {
    const runs = index.runs.map((run, at) => at).filter((at) => !query.branch || index.runs[at].branch === query.branch).reverse();
    return {title: 'Runs', content: [
      h('h1', {}, 'Runs'), h('div', {class: 'fields'}, assay.branchField(index, query, go)),
      assay.longTable('Runs, newest first', [['Run', 'narrow'], ['Passed', 'number'], ['Results', 'results'], ['Branch', 'wide'], ['Commit', 'narrow wide'],
          ['Pipeline', 'wide'], ['Id', 'wide name']], runs, (at) => {
        const run = index.runs[at];
        const letters = lettersOf(index, at);
        return [assay.runLink(index, at), assay.percent(assay.passRate(letters)), [assay.bar(letters), h('span', {class: 'tally small'}, assay.tally(letters))],
                run.branch, assay.shortCommit(run), run.pipeline, run.id];
      }, 50),
    ]};
  };

  // What a case's letter means beside the one of the run before.
  const changeOf = (before, now) => {
    if (!assay.counts(before) || !assay.counts(now) || assay.isBad(before) === assay.isBad(now)) return '';
    return assay.isBad(now) ? 'newly broken' : 'recovered';
  };

  const caseItems = (index, data, at, before) => data.cases.map((number, position) => {
    const entry = index.cases[number];
    const letter = assay.verdictOf(entry, at);
    return {entry, letter, run: data.run[position], why: data.notes[number] || '', change: before < 0 ? '' : changeOf(assay.verdictOf(entry, before), letter)};
  }).sort((a, b) => assay.byUrgency(a.letter, b.letter) || a.entry.name.localeCompare(b.entry.name));

  assay.pages.run = async (index, [id], query, go) => {
    const at = findRun(index, id);
    if (at < 0) return {title: 'Run', content: noRun(id)};
    const run = index.runs[at];
    const data = await assay.loadRun(run);
    let before = at - 1;
    while (before >= 0 && index.runs[before].branch !== run.branch) --before;
    const items = caseItems(index, data, at, before);
    const shown = items.filter(({letter}) => !query.state || letter === query.state);
    const states = [...new Set(items.map(({letter}) => letter))];
    return {title: `Run ${id}`, content: [
      h('h1', {}, 'Run of ', assay.time(run.time)),
      assay.bar(items.map(({letter}) => letter)),
      h('p', {class: 'tally'}, assay.tally(items.map(({letter}) => letter), (letter) => assay.link(['run', id], {state: letter}))),
      assay.definitions([['id', run.id], ['branch', run.branch], ['commit', run.commit + (run.dirty ? ' (with changes)' : '')], ['pipeline', run.pipeline]]),
      h('div', {class: 'fields'},
        states.length < 2 ? null : assay.select('state', 'State', [['', 'any'], ...states.map((letter) => [letter, assay.VERDICTS[letter].name])],
          query.state || '', (state) => go({...query, state})),
        before >= 0 ? h('a', {href: assay.link(['compare'], {a: index.runs[before].id, b: id})}, 'Compare with the run before') : null),
      h('h2', {}, `Cases (${shown.length})`),
      shown.length ? assay.longTable('Cases of this run', [['', 'narrow'], ['Case', 'name'], ['Change', 'narrow wide'], ['Launcher', 'wide'], ['Ran', 'number'], ['Why', 'text']], shown,
        (item) => [assay.badge(item.letter), assay.caseLink(item.entry), item.change, item.entry.launcher || '–', assay.duration(item.run), item.why]) :
        h('p', {class: 'problem'}, 'No case of this run is in that state.'),
    ]};
  };

  // The metrics that two runs of one case have, with how far they moved.
  const movedMetrics = (data, a, b) => {
    const [rowA, rowB] = [a, b].map((run) => data.rows.findIndex((row) => row.run === run));
    return data.metrics.map(({name, unit, goal, values}) => ({name, unit, goal, before: values[rowA], after: values[rowB]}))
        .filter(({before, after}) => before !== null && after !== null && before !== undefined && after !== undefined && before !== after)
        .map((metric) => ({...metric, share: metric.before ? (metric.after - metric.before) / Math.abs(metric.before) : null}));
  };

  const movedEnvironment = (data, a, b) => {
    const [before, after] = [a, b].map((run) => (data.rows.find((row) => row.run === run) || {}).environment || {});
    return Object.keys(before).filter((name) => before[name] && after[name] && before[name] !== after[name])
        .map((name) => `${name}: ${before[name]} → ${after[name]}`);
  };

  const metricTable = (moved) => assay.longTable('Metrics that moved, largest first',
    [['Case', 'name'], ['Metric', 'narrow'], ['A', 'number'], ['B', 'number'], ['Change', 'number'], ['Goal', 'narrow']], moved, (metric) => [
      assay.caseLink(metric.entry), metric.unit ? `${metric.name} (${metric.unit})` : metric.name, assay.number(metric.before), assay.number(metric.after),
      metric.share === null ? '' : `${metric.share > 0 ? '+' : ''}${(100 * metric.share).toFixed(2)} %`,
      !metric.goal ? '' : (metric.goal === 'maximize') === (metric.after > metric.before) ? 'better' : h('strong', {class: 'worse'}, 'worse')]);

  // Metrics and environment lie in the cases' own files, of which there may be a thousand.
  const detailsSection = (index, both, a, b) => {
    const box = h('div', {});
    const load = async () => {
      box.replaceChildren(h('p', {class: 'quiet', role: 'status'}, 'Loading …'));
      const moved = [];
      const environments = new Map();
      for (let at = 0; at < both.length; at += 16) {
        const some = both.slice(at, at + 16);
        const files = await Promise.all(some.map((entry) => assay.loadCases(index, [entry])));
        files.forEach((data, number) => {
          moved.push(...movedMetrics(data, a, b).map((metric) => ({...metric, entry: some[number]})));
          for (const text of movedEnvironment(data, a, b)) environments.set(text, (environments.get(text) || 0) + 1);
        });
      }
      moved.sort((x, y) => Math.abs(y.share || 0) - Math.abs(x.share || 0));
      box.replaceChildren(
        h('h2', {}, `Environment (${environments.size})`),
        environments.size ? h('ul', {}, [...environments].map(([text, count]) => h('li', {}, `${text} (${count} cases)`))) : h('p', {class: 'quiet'}, 'The same.'),
        h('h2', {}, `Metrics that moved (${moved.length})`), moved.length ? metricTable(moved) : h('p', {class: 'quiet'}, 'No metric differs.'));
    };
    const start = () => load().catch((error) => box.replaceChildren(...assay.problem(error.message).slice(1)));
    if (both.length <= 100) start();
    else box.append(h('h2', {}, 'Metrics that moved'), h('button', {type: 'button', onclick: start}, `Load the metrics of ${both.length} cases`));
    return box;
  };

  assay.pages.compare = (index, parts, query, go) => {
    if (index.runs.length < 2) return {title: 'Compare', content: [h('h1', {}, 'Compare two runs'), h('p', {}, 'There is only one run so far.')]};
    const options = index.runs.map((run) => [run.id, [assay.timeText(run.time), run.branch, run.commit.slice(0, 10)].filter(Boolean).join(' ')]).reverse();
    const idA = query.a || index.runs[index.runs.length - 2].id;
    const idB = query.b || index.runs[index.runs.length - 1].id;
    const [a, b] = [findRun(index, idA), findRun(index, idB)];
    if (a < 0 || b < 0) return {title: 'Compare', content: noRun(a < 0 ? idA : idB)};
    const pairs = index.cases.map((entry) => ({entry, before: assay.verdictOf(entry, a), after: assay.verdictOf(entry, b)}));
    const changed = pairs.filter(({before, after}) => before !== after).sort((x, y) => assay.byUrgency(x.after, y.after));
    const both = pairs.filter(({before, after}) => before !== '.' && after !== '.').map(({entry}) => entry);
    const facts = ['branch', 'commit', 'pipeline', 'id'].filter((name) => index.runs[a][name] || index.runs[b][name]);
    return {title: 'Compare', content: [
      h('h1', {}, 'Compare two runs'),
      h('div', {class: 'fields'},
        assay.select('run-a', 'A', options, idA, (value) => go({...query, a: value, b: idB})),
        assay.select('run-b', 'B', options, idB, (value) => go({...query, a: idA, b: value})),
        h('button', {type: 'button', onclick: () => go({...query, a: idB, b: idA})}, 'Swap')),
      assay.table('The two runs', [['', 'narrow'], ['A', 'name'], ['B', 'name']], [
        ['run', assay.runLink(index, a), assay.runLink(index, b)],
        ...facts.map((name) => [name, index.runs[a][name], index.runs[b][name]]),
        ['results', h('span', {class: 'tally small'}, assay.tally(lettersOf(index, a))), h('span', {class: 'tally small'}, assay.tally(lettersOf(index, b)))]]),
      h('h2', {}, `Verdicts that changed (${changed.length})`),
      changed.length ? assay.longTable('Verdicts that changed', [['Case', 'name'], ['A', 'narrow'], ['B', 'narrow']], changed, ({entry, before, after}) =>
        [assay.caseLink(entry), assay.badge(before), assay.badge(after)]) : h('p', {class: 'quiet'}, 'None.'),
      detailsSection(index, both, a, b),
    ]};
  };
})();
