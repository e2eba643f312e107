// The overview, a model's page and the list of cases.
'use strict';

(() => {
  const {h} = assay;

  const rateCell = (index, entries, runs, href, label) => {
    const letters = entries.map((entry) => assay.stateOf(entry, runs).letter);
    const rate = assay.passRate(letters);
    const bad = letters.filter(assay.isBad).length;
    const kind = rate === null ? 'none' : bad === 0 ? 'p' : rate < 0.5 ? 'f' : 'some';
    return h('a', {href, class: `rate v-${kind}`, 'aria-label': `${label}: ${assay.percent(rate)} passed, ${bad} of ${letters.length} bad`},
             h('strong', {}, assay.percent(rate)),
             h('small', {}, bad ? `${bad} of ${letters.length} bad` : `${letters.length} ${letters.length === 1 ? 'case' : 'cases'}`));
  };

  const groupBy = (items, key) => {
    const groups = new Map();
    for (const item of items) {
      const name = key(item) || '(none)';
      if (!groups.has(name)) groups.set(name, []);
      groups.get(name).push(item);
    }
    return new Map([...groups].sort(([a], [b]) => a.localeCompare(b)));
  };

  const branchField = (index, query, go) => {
    const branches = [...new Set(index.runs.map((run) => run.branch).filter(Boolean))].sort();
    if (branches.length < 2) return null;
    return h('p', {class: 'fields'}, assay.select('branch', 'Branch ',
        [['', 'all'], ...branches.map((name) => [name, name])], query.branch || '',
        (branch) => go({...query, branch})));
  };

  const tile = (value, text, letter) => h('div', {class: `tile ${letter ? `v-${letter}` : ''}`},
      h('strong', {}, value), h('span', {}, text));

  const changes = (index, entries, runs, change, heading, nothing) => {
    const found = entries.filter((entry) => assay.stateOf(entry, runs).change === change);
    return h('section', {class: 'card'}, h('h2', {}, `${heading} (${found.length})`),
        found.length === 0 ? h('p', {class: 'quiet'}, nothing) :
        h('ul', {class: 'plain'}, found.slice(0, 12).map((entry) => {
          const state = assay.stateOf(entry, runs);
          return h('li', {}, assay.badge(state.letter), ' ', assay.caseLink(entry), ' since ',
                   assay.runLink(index, state.since));
        }), found.length > 12 ? h('li', {class: 'quiet'}, `and ${found.length - 12} more`) : null));
  };

  const trend = (index, runs) => {
    const rates = index.runs.map(() => ({good: 0, all: 0}));
    for (const entry of index.cases) {
      for (let at = 0; at < entry.verdicts.length; ++at) {
        const rate = rates[entry.first + at];
        if (assay.isGood(entry.verdicts[at])) ++rate.good;
        if (assay.isGood(entry.verdicts[at]) || assay.isBad(entry.verdicts[at])) ++rate.all;
      }
    }
    const shown = rates.map((rate, at) => ({...rate, at}))
        .filter(({all, at}) => all > 0 && (!runs || runs.has(at)));
    if (shown.length < 2) return null;
    return h('section', {class: 'card wide'}, h('h2', {}, 'Trend'), assay.chart({
      title: 'Pass rate per run', unit: '%', label: `Pass rate of ${shown.length} runs; the newest is ` +
        assay.percent(shown[shown.length - 1].good / shown[shown.length - 1].all),
      hint: 'Point at a run for its numbers, click it for its page.',
      times: shown.map(({at}) => index.runs[at].time),
      letters: shown.map(({good, all}) => good === all ? 'p' : 'f').join(''),
      columns: [{name: 'pass rate', values: shown.map(({good, all}) => 100 * good / all)}],
      describe: (at) => [assay.time(index.runs[shown[at].at].time),
                         ` · ${shown[at].good} of ${shown[at].all} passed`],
      open: (at) => { location.hash = assay.link(['run', index.runs[shown[at].at].id]); },
    }));
  };

  const caseColumns = [['Now', 'narrow'], ['Case', 'name'], ['Launcher'], ['Recent results'], ['Last run'], ['State since']];
  const caseRow = (index, runs) => (entry) => {
    const state = assay.stateOf(entry, runs);
    return [assay.badge(state.letter), assay.caseLink(entry), entry.launcher,
            assay.strip(index, entry, 20, runs), assay.runLink(index, state.run),
            assay.runLink(index, state.since === undefined ? -1 : state.since)];
  };
  // What needs a person comes first.
  const urgency = (letter) => 'fea.sp'.indexOf(letter);
  const byUrgency = (runs) => (a, b) =>
    urgency(assay.stateOf(a, runs).letter) - urgency(assay.stateOf(b, runs).letter) || a.name.localeCompare(b.name);

  assay.pages = assay.pages || {};

  assay.pages.overview = (index, parts, query, go) => {
    const runs = assay.runsOf(index, query.branch);
    const entries = runs ? index.cases.filter((entry) => assay.results(entry, 1, runs).length) : index.cases;
    const newest = runs ? Math.max(...runs) : index.runs.length - 1;
    const letters = index.cases.map((entry) => assay.verdictOf(entry, newest)).filter((letter) => letter !== '.');
    const count = (letter) => letters.filter((other) => other === letter).length;
    const scopes = [...groupBy(entries, (entry) => entry.scope).keys()];
    const models = groupBy(entries, (entry) => entry.model);
    return {title: 'Overview', content: [
      h('h1', {}, index.title), branchField(index, query, go),
      h('section', {class: 'card wide', 'aria-label': 'Newest run'},
        h('h2', {}, 'Newest run: ', assay.runLink(index, newest)),
        h('div', {class: 'tiles'},
          tile(letters.length, letters.length === 1 ? 'case' : 'cases'), tile(count('p'), 'passed', 'p'),
          tile(count('f'), 'failed', count('f') ? 'f' : null), tile(count('e'), 'errored', count('e') ? 'e' : null),
          tile(count('s') + count('a'), 'skipped or allowed to fail'),
          tile(assay.percent(assay.passRate(letters)), 'pass rate'))),
      h('div', {class: 'columns'},
        changes(index, entries, runs, 'broken', 'Newly broken', 'Nothing broke in the newest results.'),
        changes(index, entries, runs, 'recovered', 'Recovered', 'Nothing recovered in the newest results.')),
      h('section', {class: 'card wide'}, h('h2', {}, 'Models'),
        assay.table('Pass rate of the newest results by model and suite',
          [['Model', 'name'], ...scopes.map((scope) => [scope]), ['All']],
          [...models].map(([model, held]) => [
            h('a', {href: assay.link(['model', model], query)}, model),
            ...scopes.map((scope) => {
              const some = held.filter((entry) => (entry.scope || '(none)') === scope);
              return some.length ? rateCell(index, some, runs, assay.link(['model', model], {...query, scope}), `${model}, ${scope}`) : '';
            }),
            rateCell(index, held, runs, assay.link(['model', model], query), `${model}, all suites`)]))),
      trend(index, runs),
    ]};
  };

  assay.pages.model = (index, [model], query, go) => {
    const runs = assay.runsOf(index, query.branch);
    const held = index.cases.filter((entry) => (entry.model || '(none)') === model);
    if (!held.length) return {title: 'Model', content: assay.problem(`There is no model '${model}'.`)};
    const scopes = [...groupBy(held, (entry) => entry.scope).keys()];
    const entries = held.filter((entry) => !query.scope || (entry.scope || '(none)') === query.scope);
    return {title: model, content: [
      h('h1', {}, model), branchField(index, query, go),
      scopes.length < 2 ? null : h('p', {class: 'fields'}, assay.select('scope', 'Suite ',
        [['', 'all'], ...scopes.map((scope) => [scope, scope])], query.scope || '', (scope) => go({...query, scope}))),
      assay.longTable(`Cases of ${model}`, caseColumns, [...entries].sort(byUrgency(runs)), caseRow(index, runs)),
    ]};
  };

  assay.pages.cases = (index, parts, query, go) => {
    const runs = assay.runsOf(index, query.branch);
    const words = (query.q || '').split(/\s+/).filter(Boolean);
    const wanted = query.state || '';
    const entries = index.cases.filter((entry) => assay.matches(entry, words))
        .filter((entry) => !wanted || assay.stateOf(entry, runs).letter === wanted).sort(byUrgency(runs));
    const labels = [...new Set(index.cases.flatMap((entry) =>
        [['model', entry.model], ['launcher', entry.launcher], ...entry.labels].map(([name, value]) => `${name}=${value}`)))].sort();
    return {title: 'Cases', content: [
      h('h1', {}, 'Cases'), branchField(index, query, go),
      h('p', {class: 'fields'},
        assay.select('state', 'State ', [['', 'any'], ...Object.entries(assay.VERDICTS).filter(([letter]) => letter !== '.').map(([letter, {name}]) => [letter, name])],
          wanted, (state) => go({...query, state})),
        labels.length > 300 ? null : assay.select('label', 'Label ', [['', 'add one …'], ...labels.map((label) => [label, label])], '',
          (label) => go({...query, q: [...words, label].join(' ')}))),
      h('p', {class: 'quiet'}, `${entries.length} of ${index.cases.length} cases`,
        words.length ? [' for ', words.map((word) => h('button', {type: 'button', class: 'word', 'aria-label': `Remove ${word}`,
          onclick: () => go({...query, q: words.filter((other) => other !== word).join(' ')})}, `${word} ×`))] : null),
      assay.longTable('Cases', caseColumns, entries, caseRow(index, runs)),
    ]};
  };
})();
