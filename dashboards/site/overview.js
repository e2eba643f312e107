// The overview, a model's page and the list of cases.
'use strict';

(() => {
  const {h} = assay;

  const groupBy = (items, key) => {
    const groups = new Map();
    for (const item of items) {
      const name = key(item) || '(none)';
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(item);
    }
    return new Map([...groups].sort(([a], [b]) => a.localeCompare(b)));
  };

  // The pass rates of some cases per run of a branch, oldest first, with each run's number.
  const ratesOver = (index, entries, runs) => assay.ratesOf(index, entries).map((rate, at) => ({...rate, at}))
      .filter(({all, at}) => all > 0 && (!runs || runs.has(at)));

  const rateCell = (index, entries, runs, href, label) => {
    const letters = entries.map((entry) => assay.stateOf(entry, runs).letter);
    const rate = assay.passRate(letters);
    const bad = letters.filter(assay.isBad).length;
    const kind = rate === null ? 'none' : bad === 0 ? 'p' : rate < 0.5 ? 'f' : 'some';
    const shares = ratesOver(index, entries, runs).map(({good, all}) => good / all);
    return h('a', {href, class: `rate v-${kind}`}, h('span', {class: 'visually-hidden'}, `${label}: `),
             h('span', {class: 'numbers'}, h('strong', {}, assay.percent(rate)), ' ',
               h('small', {}, bad ? `${bad} of ${letters.length} bad` : `${letters.length} ${letters.length === 1 ? 'case' : 'cases'}`)),
             assay.sparkline(shares));
  };

  const newestRun = (index, query) => {
    const runs = assay.runsOf(index, query.branch);
    return runs ? Math.max(...runs) : index.runs.length - 1;
  };

  const hero = (index, query, newest) => {
    const letters = index.cases.map((entry) => assay.verdictOf(entry, newest)).filter((letter) => letter !== '.');
    const run = index.runs[newest];
    const waits = letters.filter((letter) => letter === 'w').length;
    const rate = assay.passRate(letters);
    const kind = rate === null ? 'none' : letters.some(assay.isBad) ? 'f' : 'p';
    return h('section', {class: 'card hero', 'aria-labelledby': 'newest'},
      h('div', {class: `big v-${kind}`}, h('strong', {}, assay.percent(rate)), h('span', {}, 'passed')),
      h('div', {class: 'facts'},
        h('h2', {id: 'newest'}, 'Newest run ', assay.runLink(index, newest)),
        h('p', {class: 'quiet'}, [assay.age(run.time), run.branch, assay.shortCommit(run), run.pipeline && `pipeline ${run.pipeline}`,
                                  waits && `${letters.length - waits} of ${letters.length} done`].filter(Boolean).join(' · ')),
        assay.bar(letters),
        h('p', {class: 'tally'}, assay.tally(letters, (letter) => assay.link(['run', run.id], {state: letter})))));
  };

  // A list of cases that changed or stay bad, with why (the newest run's notes).
  const caseList = (index, heading, items, notes, describe, nothing) => h('section', {class: 'card'},
      h('h2', {}, `${heading} (${items.length})`),
      items.length === 0 ? h('p', {class: 'quiet'}, nothing) :
      h('ul', {class: 'plain cases'}, items.slice(0, 8).map(({entry, state, number}) => h('li', {},
        assay.badge(state.letter), ' ', assay.caseLink(entry), h('span', {class: 'quiet'}, ' ', describe(state)),
        notes[number] ? h('span', {class: 'why'}, notes[number]) : null)),
        items.length > 8 ? h('li', {class: 'quiet'}, `and ${items.length - 8} more`) : null));

  const changes = (index, entries, runs, notes) => {
    const items = entries.map((entry) => ({entry, state: assay.stateOf(entry, runs), number: index.cases.indexOf(entry)}));
    const broken = items.filter(({state}) => state.change === 'broken');
    const still = items.filter(({state}) => state.isBad && state.change !== 'broken').sort((a, b) => b.state.results - a.state.results);
    const recovered = items.filter(({state}) => state.change === 'recovered');
    const since = (state) => ['since ', assay.runLink(index, state.since)];
    return h('div', {class: 'columns'},
      caseList(index, 'Newly broken', broken, notes, since, 'Nothing broke in the newest results.'),
      caseList(index, 'Still bad', still, notes, (state) => [`${state.results} results, since `, assay.runLink(index, state.since)], 'Nothing has been bad for longer.'),
      caseList(index, 'Recovered', recovered, {}, since, 'Nothing recovered in the newest results.'));
  };

  const trend = (index, entries, runs, query) => {
    const shown = ratesOver(index, entries, runs);
    if (shown.length < 2) return null;
    const values = shown.map(({good, all}) => 100 * good / all);
    const low = Math.min(...values);
    const window = query.from && query.to ? [Number(query.from), Number(query.to)] : null;
    return assay.chart({
      title: 'Pass rate per run', unit: '%', label: `Pass rate of ${shown.length} runs, newest ${assay.percent(values[values.length - 1] / 100)}`,
      hint: 'Arrow keys or pointer show a run; Enter or a click its links.', fill: true, window,
      range: [Math.max(0, low - Math.max(2, (100 - low) * 0.3)), 100 + Math.max(0.5, (100 - low) * 0.06)],
      times: shown.map(({at}) => index.runs[at].time), letters: shown.map(({good, all}) => good === all ? 'p' : 'f').join(''),
      columns: [{name: 'pass rate', values}],
      describe: (at) => [assay.time(index.runs[shown[at].at].time), ` · ${shown[at].good} of ${shown[at].all} passed`,
                         index.runs[shown[at].at].commit ? ` · ${index.runs[shown[at].at].commit.slice(0, 10)}` : ''],
      details: (at) => [assay.definitions([['run', assay.runLink(index, shown[at].at)], ['passed', `${shown[at].good} of ${shown[at].all}`],
        ['commit', index.runs[shown[at].at].commit], ['branch', index.runs[shown[at].at].branch]])],
      onZoom: (range) => assay.putQuery({from: range ? String(Math.round(range[0])) : '', to: range ? String(Math.round(range[1])) : ''}),
    });
  };

  const matrix = (index, entries, runs, query) => {
    const scopes = [...groupBy(entries, (entry) => entry.scope).keys()];
    const models = groupBy(entries, (entry) => entry.model);
    return h('section', {class: 'card'}, h('h2', {}, 'Models and suites'),
      assay.table('Pass rate of the newest results by model and suite', [['Model', 'model'], ['All'], ...scopes.map((scope) => [scope])],
        [...models].map(([model, held]) => [
          h('a', {href: assay.link(['model', model], {branch: query.branch})}, model),
          rateCell(index, held, runs, assay.link(['model', model], {branch: query.branch}), `${model}, all suites`),
          ...scopes.map((scope) => {
            const some = held.filter((entry) => (entry.scope || '(none)') === scope);
            return some.length ? rateCell(index, some, runs, assay.link(['model', model], {branch: query.branch, scope}), `${model}, ${scope}`) : '';
          })])));
  };

  const caseColumns = [['Now', 'narrow'], ['Case', 'name'], ['Launcher', 'wide'], ['Recent results', 'wide'], ['Last run', 'narrow wide'], ['State since', 'narrow wide']];
  const caseRow = (index, runs) => (entry) => {
    const state = assay.stateOf(entry, runs);
    return [assay.badge(state.letter), assay.caseLink(entry), entry.launcher || '–',
            assay.strip(index, entry, 20, runs), assay.runLink(index, state.run), assay.runLink(index, state.since)];
  };
  const byUrgency = (runs) => (a, b) =>
    assay.byUrgency(assay.stateOf(a, runs).letter, assay.stateOf(b, runs).letter) || a.name.localeCompare(b.name);

  const withResults = (index, runs) => runs ? index.cases.filter((entry) => assay.stateOf(entry, runs).run >= 0) : index.cases;

  assay.pages = assay.pages || {};

  assay.pages.overview = async (index, parts, query, go) => {
    const runs = assay.runsOf(index, query.branch);
    if (runs && !runs.size) return {title: 'Overview', content: assay.problem(`There is no run of branch '${query.branch}'.`)};
    const entries = withResults(index, runs);
    const newest = newestRun(index, query);
    const {notes} = await assay.loadRun(index.runs[newest]);
    return {title: 'Overview', content: [
      h('div', {class: 'top'}, h('h1', {}, index.title), h('div', {class: 'fields'}, assay.branchField(index, query, go))),
      hero(index, query, newest), changes(index, entries, runs, notes), matrix(index, entries, runs, query),
      h('h2', {class: 'visually-hidden'}, 'Trend'), trend(index, entries, runs, query),
    ]};
  };

  assay.pages.model = (index, [model], query, go) => {
    const runs = assay.runsOf(index, query.branch);
    const held = withResults(index, runs).filter((entry) => (entry.model || '(none)') === model);
    if (!held.length) return {title: 'Model', content: assay.problem(`There is no model '${model}' here.`)};
    const scopes = [...groupBy(held, (entry) => entry.scope).keys()];
    const entries = held.filter((entry) => !query.scope || (entry.scope || '(none)') === query.scope);
    const letters = entries.map((entry) => assay.stateOf(entry, runs).letter);
    return {title: model, content: [
      h('h1', {}, model),
      h('div', {class: 'fields'}, assay.branchField(index, query, go),
        scopes.length < 2 ? null : assay.select('scope', 'Suite', [['', 'all'], ...scopes.map((scope) => [scope, scope])], query.scope || '', (scope) => go({...query, scope}))),
      h('p', {class: 'tally'}, h('strong', {}, assay.percent(assay.passRate(letters))), ' passed in the newest results: ', assay.tally(letters)),
      trend(index, entries, runs, query),
      h('h2', {}, 'Cases'),
      assay.longTable(`Cases of ${model}`, caseColumns, [...entries].sort(byUrgency(runs)), caseRow(index, runs)),
    ]};
  };

  assay.pages.cases = (index, parts, query, go) => {
    const runs = assay.runsOf(index, query.branch);
    const words = (query.q || '').split(/\s+/).filter(Boolean);
    const state = query.state || '';
    const entries = withResults(index, runs).filter((entry) => assay.matches(entry, words))
        .filter((entry) => !state || assay.stateOf(entry, runs).letter === state).sort(byUrgency(runs));
    // A label with spaces cannot be one word of a search.
    const labels = [...new Set(index.cases.flatMap((entry) =>
        [['model', entry.model], ['launcher', entry.launcher], ...entry.labels].map(([name, value]) => `${name}=${value}`)))]
        .filter((label) => !/\s/.test(label)).sort();
    return {title: 'Cases', content: [
      h('h1', {}, 'Cases'),
      h('div', {class: 'fields'}, assay.branchField(index, query, go),
        assay.select('state', 'State', [['', 'any'], ...Object.entries(assay.VERDICTS).filter(([letter]) => letter !== '.').map(([letter, {name}]) => [letter, name])],
          state, (value) => go({...query, state: value})),
        labels.length > 300 ? null : assay.select('label', 'Label', [['', 'add one …'], ...labels.map((label) => [label, label])], '',
          (label) => go({...query, q: [...words, label].join(' ')}))),
      h('p', {class: 'quiet'}, `${entries.length} of ${index.cases.length} cases`,
        words.length ? [' for ', words.map((word) => h('button', {type: 'button', class: 'word', 'aria-label': `Remove ${word}`,
          onclick: () => go({...query, q: words.filter((other) => other !== word).join(' ')})}, `${word} ×`))] : null),
      entries.length ? assay.longTable('Cases', caseColumns, entries, caseRow(index, runs)) : h('p', {class: 'problem'}, 'No case matches.'),
    ]};
  };
})();
