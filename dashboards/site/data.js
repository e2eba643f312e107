// The site's data: loads its files, answers questions about cases and runs. Knows no page.
'use strict';

const assay = {};

(() => {
  const arrived = new Map();  // name -> data
  const waiting = new Map();  // name -> promise

  // Called by every data file. Pages opened by file:// may load scripts, and nothing else.
  assay.receive = (name, data) => arrived.set(name, data);

  // The data of data/NAME.js; rejects when there is no such file.
  assay.load = (name) => {
    if (!waiting.has(name)) {
      waiting.set(name, new Promise((resolve, reject) => {
        const script = document.createElement('script');
        script.src = `data/${name}.js`;
        script.onload = () => {
          script.remove();
          if (arrived.has(name)) resolve(arrived.get(name));
          else reject(new Error(`data/${name}.js holds no '${name}'`));
        };
        script.onerror = () => reject(new Error(`cannot load data/${name}.js`));
        document.head.append(script);
      }));
    }
    return waiting.get(name);
  };

  // [[3, 2], [9, 1]] -> [3, 4, 9]
  assay.fromRanges = (ranges) => ranges.flatMap(([first, count]) => Array.from({length: count}, (_, at) => first + at));

  // A case's data with its compressed columns spread out: one entry per result.
  assay.loadCase = async (id) => {
    const data = await assay.load(`cases/${id}`);
    const environment = new Array(data.verdicts.length);
    data.environment.forEach(([from, number]) => environment.fill(number, from));
    return {...data, runs: assay.fromRanges(data.runs), environment};
  };

  assay.VERDICTS = {
    p: {name: 'passed', mark: '✓'},
    f: {name: 'failed', mark: '✗'},
    a: {name: 'allowed to fail', mark: '~'},
    e: {name: 'errored', mark: '!'},
    s: {name: 'skipped', mark: '–'},
    '.': {name: 'not run', mark: '·'},
  };
  assay.isBad = (letter) => letter === 'f' || letter === 'e';
  assay.isGood = (letter) => letter === 'p' || letter === 'a';
  const counts = (letter) => assay.isBad(letter) || assay.isGood(letter);

  // A case's letter in a run.
  assay.verdictOf = (entry, run) => entry.verdicts[run - entry.first] || '.';

  // The newest results of a case among some runs (default: all), newest last.
  assay.results = (entry, limit = Infinity, runs = null) => {
    const found = [];
    for (let at = entry.verdicts.length - 1; at >= 0 && found.length < limit; --at) {
      const run = entry.first + at;
      if (entry.verdicts[at] !== '.' && (!runs || runs.has(run))) {
        found.push({run, letter: entry.verdicts[at]});
      }
    }
    return found.reverse();
  };

  // What a case's newest results say: its state now, and since which run.
  assay.stateOf = (entry, runs = null) => {
    const results = assay.results(entry, Infinity, runs);
    const latest = results[results.length - 1] || {run: -1, letter: '.'};
    const decided = results.filter((result) => counts(result.letter));
    const now = decided[decided.length - 1];
    if (!now) return {...latest, change: ''};
    let since = decided.length - 1;
    while (since > 0 && assay.isBad(decided[since - 1].letter) === assay.isBad(now.letter)) --since;
    let change = '';
    if (since > 0 && since === decided.length - 1) {
      change = assay.isBad(now.letter) ? 'broken' : 'recovered';
    }
    return {...latest, change, since: decided[since].run, lastGood: since > 0 ? decided[since - 1].run : -1};
  };

  // Words of a search: `label=value` must equal a label, anything else must occur in the name.
  assay.matches = (entry, words) => words.every((word) => {
    const at = word.indexOf('=');
    if (at > 0) {
      const [name, value] = [word.slice(0, at).toLowerCase(), word.slice(at + 1).toLowerCase()];
      const labels = [['model', entry.model], ['scope', entry.scope], ['launcher', entry.launcher],
                      ...entry.labels];
      if (labels.some(([label, held]) => label.toLowerCase() === name && held.toLowerCase() === value)) {
        return true;
      }
    }
    return `${entry.key} ${entry.launcher}`.toLowerCase().includes(word.toLowerCase());
  });

  assay.passRate = (letters) => {
    const decided = letters.filter(counts);
    return decided.length ? decided.filter(assay.isGood).length / decided.length : null;
  };

  // Runs of a branch as a set of indices; null (all runs) when none is named.
  assay.runsOf = (index, branch) => {
    if (!branch) return null;
    const runs = new Set();
    index.runs.forEach((run, at) => { if (run.branch === branch) runs.add(at); });
    return runs;
  };
})();
