// The list of runs, a run's page, and the comparison of two runs.
'use strict';

(() => {
  const {h} = assay;

  const lettersOf = (index, run) => index.cases.map((entry) => assay.verdictOf(entry, run)).filter((letter) => letter !== '.');
  const tally = (letters) => Object.keys(assay.VERDICTS).filter((letter) => letter !== '.')
      .map((letter) => [letter, letters.filter((other) => other === letter).length]).filter(([, count]) => count)
      .map(([letter, count]) => [assay.badge(letter, `${count} ${assay.VERDICTS[letter].name}`), ' ']);
  const findRun = (index, id) => index.runs.findIndex((run) => run.id === id);

  assay.pages.runs = (index, parts, query, go) => {
    const branches = [...new Set(index.runs.map((run) => run.branch).filter(Boolean))].sort();
    const runs = index.runs.map((run, at) => at).filter((at) => !query.branch || index.runs[at].branch === query.branch).reverse();
    return {title: 'Runs', content: [
      h('h1', {}, 'Runs'),
      branches.length < 2 ? null : h('p', {class: 'fields'}, assay.select('branch', 'Branch ', [['', 'all'], ...branches.map((name) => [name, name])],
        query.branch || '', (branch) => go({...query, branch}))),
      assay.longTable('Runs, newest first', [['Run'], ['Branch'], ['Commit'], ['Pipeline'], ['Results'], ['Id', 'name']], runs, (at) => {
        const run = index.runs[at];
        return [assay.runLink(index, at), run.branch, run.commit.slice(0, 10) + (run.dirty ? ' (changed)' : ''), run.pipeline,
                tally(lettersOf(index, at)), run.id];
      }),
    ]};
  };

  assay.pages.run = async (index, [id]) => {
    const at = findRun(index, id);
    if (at < 0) return {title: 'Run', content: assay.problem(`There is no run '${id}' in this dashboard.`)};
    const run = index.runs[at];
    const data = await assay.load(`runs/${run.file}`);
    let before = at - 1;
    while (before >= 0 && index.runs[before].branch !== run.branch) --before;
    const items = assay.fromRanges(data.cases).map((number, row) => ({entry: index.cases[number], number, run: data.run[row]}))
        .map((item) => ({...item, letter: assay.verdictOf(item.entry, at)}))
        .sort((a, b) => 'feasp'.indexOf(a.letter) - 'feasp'.indexOf(b.letter) || a.entry.name.localeCompare(b.entry.name));
    return {title: `Run ${id}`, content: [
      h('h1', {}, 'Run of ', assay.time(run.time)),
      h('p', {}, tally(items.map(({letter}) => letter))),
      h('dl', {}, [['id', run.id], ['branch', run.branch], ['commit', run.commit + (run.dirty ? ' (with changes)' : '')], ['pipeline', run.pipeline]]
        .filter(([, value]) => value).map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
      before >= 0 ? h('p', {}, h('a', {href: assay.link(['compare'], {a: index.runs[before].id, b: id})}, 'Compare with the run before')) : null,
      assay.longTable('Cases of this run', [['', 'narrow'], ['Case', 'name'], ['Launcher'], ['Ran', 'number'], ['Why']], items,
        (item) => [assay.badge(item.letter), assay.caseLink(item.entry), item.entry.launcher, assay.duration(item.run),
                   data.notes[item.number] || '']),
    ]};
  };

  // The metrics that two runs of one case have, with how far they moved.
  const movedMetrics = (data, a, b) => {
    const [rowA, rowB] = [data.runs.indexOf(a), data.runs.indexOf(b)];
    return data.metrics.map(({name, unit, goal, values}) => ({name, unit, goal, before: values[rowA], after: values[rowB]}))
        .filter(({before, after}) => before !== null && after !== null && before !== undefined && after !== undefined && before !== after)
        .map((metric) => ({...metric, share: metric.before ? (metric.after - metric.before) / Math.abs(metric.before) : null}));
  };

  const metricsSection = (index, both, a, b) => {
    const box = h('div', {});
    const load = async () => {
      box.replaceChildren(h('p', {class: 'quiet', role: 'status'}, 'Loading …'));
      const rows = [];
      // A few files at a time: there may be a thousand.
      for (let at = 0; at < both.length; at += 16) {
        const some = both.slice(at, at + 16);
        const files = await Promise.all(some.map((entry) => assay.loadCase(entry.id)));
        files.forEach((data, number) => rows.push(...movedMetrics(data, a, b).map((metric) => ({...metric, entry: some[number]}))));
      }
      rows.sort((x, y) => Math.abs(y.share || 0) - Math.abs(x.share || 0));
      box.replaceChildren(rows.length ? assay.longTable('Metrics that moved, largest first',
        [['Case', 'name'], ['Metric'], ['A', 'number'], ['B', 'number'], ['Change', 'number'], ['']], rows, (metric) => [
          assay.caseLink(metric.entry), metric.unit ? `${metric.name} (${metric.unit})` : metric.name, assay.number(metric.before), assay.number(metric.after),
          metric.share === null ? '' : `${metric.share > 0 ? '+' : ''}${(100 * metric.share).toFixed(2)} %`,
          !metric.goal ? '' : (metric.goal === 'maximize') === (metric.after > metric.before) ? 'better' : 'worse']) :
        h('p', {class: 'quiet'}, 'No metric differs.'));
    };
    if (both.length <= 50) load().catch((error) => box.replaceChildren(assay.problem(error.message)));
    else box.append(h('button', {type: 'button', onclick: load}, `Load the metrics of ${both.length} cases`));
    return box;
  };

  assay.pages.compare = (index, parts, query, go) => {
    const options = index.runs.map((run, at) => [run.id, `${new Date(run.time).toISOString().slice(0, 16).replace('T', ' ')} ${run.branch} ${run.commit.slice(0, 10)}`]).reverse();
    if (index.runs.length < 2) return {title: 'Compare', content: [h('h1', {}, 'Compare'), h('p', {}, 'There is only one run so far.')]};
    const idA = query.a || index.runs[index.runs.length - 2].id;
    const idB = query.b || index.runs[index.runs.length - 1].id;
    const [a, b] = [findRun(index, idA), findRun(index, idB)];
    if (a < 0 || b < 0) return {title: 'Compare', content: assay.problem(`There is no run '${a < 0 ? idA : idB}' in this dashboard.`)};
    const pairs = index.cases.map((entry) => ({entry, before: assay.verdictOf(entry, a), after: assay.verdictOf(entry, b)}));
    const changed = pairs.filter(({before, after}) => before !== after);
    const both = pairs.filter(({before, after}) => before !== '.' && after !== '.').map(({entry}) => entry);
    const facts = [['branch', 'branch'], ['commit', 'commit'], ['pipeline', 'pipeline']];
    return {title: 'Compare', content: [
      h('h1', {}, 'Compare two runs'),
      h('p', {class: 'fields'},
        assay.select('run-a', 'A ', options, idA, (value) => go({...query, a: value, b: idB})),
        assay.select('run-b', 'B ', options, idB, (value) => go({...query, a: idA, b: value}))),
      assay.table('The two runs', [['', 'name'], ['A'], ['B']], [['run', assay.runLink(index, a), assay.runLink(index, b)],
        ...facts.map(([name, key]) => [name, index.runs[a][key], index.runs[b][key]])]),
      h('h2', {}, `Verdicts that changed (${changed.length})`),
      changed.length ? assay.longTable('Verdicts that changed', [['Case', 'name'], ['A'], ['B']], changed, ({entry, before, after}) =>
        [assay.caseLink(entry), assay.badge(before), assay.badge(after)]) : h('p', {class: 'quiet'}, 'None.'),
      h('h2', {}, 'Metrics that moved'), metricsSection(index, both, a, b),
    ]};
  };
})();
