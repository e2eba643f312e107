// The site's data: loads its files, answers questions about cases and runs. Knows no page.
'use strict';

const assay = {};

(() => {
  let arrived = new Map();  // name -> data
  let waiting = new Map();  // name -> promise
  let generation = 0;       // of a served site: part of addresses, so that nothing old is shown

  // Called by every data file. Pages opened by file:// may load scripts, and nothing else.
  assay.receive = (name, data) => arrived.set(name, data);

  const loadScript = (name) => new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = `data/${name}.js${generation ? `?${generation}` : ''}`;
    script.onload = () => {
      script.remove();
      if (arrived.has(name)) resolve(arrived.get(name));
      else reject(new Error(`data/${name}.js holds no '${name}'`));
    };
    script.onerror = () => {
      script.remove();
      reject(new Error(`cannot load data/${name}.js`));
    };
    document.head.append(script);
  });

  // The data of data/NAME.js; rejects when there is no such file.
  assay.load = (name) => {
    if (!waiting.has(name)) waiting.set(name, loadScript(name));
    return waiting.get(name);
  };

  // Asks a served site for its generation; forgets all data and is true when it is a newer one.
  assay.isRenewed = async () => {
    const [{generation: now}, {live}] = await Promise.all([loadScript('live'), assay.load('index')]);
    if (now === live) return false;
    generation = now;
    arrived = new Map();
    waiting = new Map();
    return true;
  };

  // [[3, 2], [9, 1]] -> [3, 4, 9]
  assay.fromRanges = (ranges) => ranges.flatMap(([first, count]) => Array.from({length: count}, (_, at) => first + at));

  const CODES = new Uint8Array(128);
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].forEach((digit, code) => { CODES[digit.charCodeAt(0)] = code; });

  // A packed column (harness/report/packed_column.h) as numbers and nulls.
  assay.unpack = (column, count) => {
    if (column === null || typeof column === 'number') return new Array(count).fill(column);
    if (column.plain) return column.plain;
    const [exponent, offset, width, text] = column;
    const scale = 10 ** Math.abs(exponent);
    return Array.from({length: count}, (_, at) => {
      let code = 0;
      for (let place = at * width; place < (at + 1) * width; ++place) code = code * 64 + CODES[text.charCodeAt(place)];
      if (code === 0) return null;
      return exponent < 0 ? (code - 1 + offset) / scale : (code - 1 + offset) * scale;
    });
  };

  // [position, number] wherever it changes -> one number per result
  const spread = (changes, count) => {
    const column = new Array(count);
    changes.forEach(([from, number]) => column.fill(number, from));
    return column;
  };

  const unpackBands = (bands) => {
    if (!bands) return [];
    const [minimum, maximum] = [assay.unpack(bands.minimum, bands.count), assay.unpack(bands.maximum, bands.count)];
    return assay.unpack(bands.at, bands.count).map((at, number) => [at, minimum[number], maximum[number]]);
  };

  // A case's data with its columns spread out: `rows` has one entry per result, oldest first.
  const unpackCase = (index, data) => {
    const count = data.verdicts.length;
    const [runs, queue, run] = [assay.fromRanges(data.runs), assay.unpack(data.queue, count), assay.unpack(data.run, count)];
    const [environment, directory] = [spread(data.environment, count), spread(data.directory, count)];
    const rows = runs.map((number, at) => ({
      run: number, letter: data.verdicts[at], queue: queue[at], seconds: run[at],
      environment: data.environments[environment[at]] || null, note: data.notes[at] || '', job: data.jobs[at] || '',
      record: data.directories[directory[at]] ? `${data.directories[directory[at]].replace('{run}', index.runs[number].id)}/record.json` : '',
    }));
    const metrics = data.metrics.map((metric) => ({...metric, values: assay.unpack(metric.values, count), bands: unpackBands(metric.bands)}));
    return {...data, rows, metrics};
  };

  // Rows of several cases as one, by time; their metrics are put together by name.
  const merge = (parts) => {
    const order = parts.flatMap((part, number) => part.rows.map((row, at) => ({row, part: number, at})))
        .sort((a, b) => a.row.run - b.row.run);
    const byName = new Map();
    parts.forEach((part, number) => part.metrics.forEach((metric) => {
      if (!byName.has(metric.name)) byName.set(metric.name, {...metric, parts: new Map()});
      const held = new Array(part.rows.length).fill(null);
      metric.bands.forEach((band) => held.fill(band, band[0]));
      byName.get(metric.name).parts.set(number, {values: metric.values, held});
    }));
    const metrics = [...byName.values()].map(({parts: own, ...metric}) => {
      const bands = [];
      let last = null;
      const values = order.map(({part, at}, position) => {
        const from = own.get(part);
        const band = from ? from.held[at] : null;
        if (band && (!last || band[1] !== last[1] || band[2] !== last[2])) bands.push([position, band[1], band[2]]);
        last = band || last;
        return from ? from.values[at] : null;
      });
      return {...metric, values, bands};
    });
    return {...parts[0], rows: order.map(({row}) => row), metrics};
  };

  // The data of one case, or of several that differ in nothing but their launcher.
  assay.loadCases = async (index, entries) => {
    const parts = await Promise.all(entries.map(async ({id}) => unpackCase(index, await assay.load(`cases/${id}`))));
    return parts.length === 1 ? parts[0] : merge(parts);
  };

  assay.loadRun = async (run) => {
    const data = await assay.load(`runs/${run.file}`);
    return {...data, cases: assay.fromRanges(data.cases), run: assay.unpack(data.run, data.count)};
  };

  assay.VERDICTS = {
    p: {name: 'passed', mark: '✓'},
    f: {name: 'failed', mark: '✗'},
    m: {name: 'no record', mark: '?'},
    e: {name: 'errored', mark: '!'},
    a: {name: 'allowed to fail', mark: '~'},
    s: {name: 'skipped', mark: '–'},
    w: {name: 'waiting', mark: '…'},
    '.': {name: 'not run', mark: '·'},
  };
  const URGENCY = 'fmeaws.p';
  // What needs a person comes first.
  assay.byUrgency = (a, b) => URGENCY.indexOf(a) - URGENCY.indexOf(b);
  assay.isBad = (letter) => letter === 'f' || letter === 'e' || letter === 'm';
  assay.isGood = (letter) => letter === 'p' || letter === 'a';
  assay.counts = (letter) => assay.isBad(letter) || assay.isGood(letter);

  // A case's letter in a run.
  assay.verdictOf = (entry, run) => entry.verdicts[run - entry.first] || '.';

  // The newest results of a case among some runs (default: all), newest last.
  assay.results = (entry, limit = Infinity, runs = null) => {
    const found = [];
    for (let at = entry.verdicts.length - 1; at >= 0 && found.length < limit; --at) {
      const run = entry.first + at;
      if (entry.verdicts[at] !== '.' && (!runs || runs.has(run))) found.push({run, letter: entry.verdicts[at]});
    }
    return found.reverse();
  };

  const states = new WeakMap();  // a set of runs, or an index -> Map of entry -> state
  const makeState = (entry, runs) => {
    let [latest, since, lastGood, counted] = [{run: -1, letter: '.'}, -1, -1, 0];
    let isBad = false;
    for (let at = entry.verdicts.length - 1; at >= 0; --at) {
      const [run, letter] = [entry.first + at, entry.verdicts[at]];
      if (letter === '.' || (runs && !runs.has(run))) continue;
      if (latest.run < 0) latest = {run, letter};
      if (!assay.counts(letter)) continue;
      if (since < 0) isBad = assay.isBad(letter);
      if (assay.isBad(letter) !== isBad) {
        lastGood = run;
        break;
      }
      since = run;
      ++counted;
    }
    const change = lastGood >= 0 && counted === 1 ? (isBad ? 'broken' : 'recovered') : '';
    return {...latest, change, since, isBad: since >= 0 && isBad, results: counted, lastOther: lastGood};
  };

  // What a case's newest results say: its newest letter and run, since which run it is good or bad
  // (and for how many results), the last run where it was otherwise, and whether that changed just now.
  assay.stateOf = (entry, runs = null) => {
    const group = runs || assay;
    if (!states.has(group)) states.set(group, new WeakMap());
    const known = states.get(group);
    if (!known.has(entry)) known.set(entry, makeState(entry, runs));
    return known.get(entry);
  };

  // Words of a search: `label=value` must equal a label, anything else must occur in the name.
  assay.matches = (entry, words) => words.every((word) => {
    const at = word.indexOf('=');
    if (at > 0) {
      const [name, value] = [word.slice(0, at).toLowerCase(), word.slice(at + 1).toLowerCase()];
      const labels = [['model', entry.model], ['scope', entry.scope], ['launcher', entry.launcher], ...entry.labels];
      if (labels.some(([label, held]) => label.toLowerCase() === name && held.toLowerCase() === value)) return true;
    }
    return `${entry.key} ${entry.launcher}`.toLowerCase().includes(word.toLowerCase());
  });

  assay.passRate = (letters) => {
    const decided = letters.filter(assay.counts);
    return decided.length ? decided.filter(assay.isGood).length / decided.length : null;
  };

  // Runs of a branch as a set of indices; null (all runs) when none is named.
  const branches = new WeakMap();
  assay.runsOf = (index, branch) => {
    if (!branch) return null;
    if (!branches.has(index)) branches.set(index, new Map());
    const known = branches.get(index);
    if (!known.has(branch)) {
      const runs = new Set();
      index.runs.forEach((run, at) => { if (run.branch === branch) runs.add(at); });
      known.set(branch, runs);
    }
    return known.get(branch);
  };

  // Per run, how many cases passed (or were allowed to fail) and how many counted at all.
  assay.ratesOf = (index, entries) => {
    const rates = index.runs.map(() => ({good: 0, all: 0}));
    for (const entry of entries) {
      for (let at = 0; at < entry.verdicts.length; ++at) {
        const letter = entry.verdicts[at];
        if (!assay.counts(letter)) continue;
        const rate = rates[entry.first + at];
        ++rate.all;
        if (assay.isGood(letter)) ++rate.good;
      }
    }
    return rates;
  };
})();
