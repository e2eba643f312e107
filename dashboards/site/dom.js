// Small pieces of pages. Everything from the data becomes text nodes or attributes, never markup.
'use strict';

(() => {
  // h('a', {href: '#/', class: 'x', onclick: f}, 'text', node, [more])
  const h = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return node;
  };
  assay.h = h;

  const svg = (tag, attributes, ...children) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  // A link within the site: link(['run', id], {branch: 'main'}).
  assay.link = (parts, query = {}) => {
    const text = Object.entries(query).filter(([, value]) => value)
        .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
    return `#/${parts.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
  };

  assay.badge = (letter, text) => {
    const verdict = assay.VERDICTS[letter] || assay.VERDICTS['.'];
    return h('span', {class: `badge v-${letter === '.' ? 'none' : letter}`},
             h('span', {'aria-hidden': 'true'}, `${verdict.mark} `), text || verdict.name);
  };

  const pad = (number) => String(number).padStart(2, '0');
  assay.timeText = (milliseconds) => {
    const date = new Date(milliseconds);
    return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${pad(date.getHours())}:${pad(date.getMinutes())}`;
  };
  assay.time = (milliseconds) => h('time', {datetime: new Date(milliseconds).toISOString()}, assay.timeText(milliseconds));

  // "3 hours ago", from the moment the page was opened.
  assay.age = (milliseconds, now = Date.now()) => {
    const minutes = Math.max(0, (now - milliseconds) / 60000);
    const [count, unit] = minutes < 90 ? [minutes, 'minute'] : minutes < 2880 ? [minutes / 60, 'hour'] : [minutes / 1440, 'day'];
    const whole = Math.round(count);
    return `${whole} ${unit}${whole === 1 ? '' : 's'} ago`;
  };

  assay.duration = (seconds) => {
    if (seconds === null || seconds === undefined) return '';
    if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds % 60)];
    if (!hours) return rest ? `${minutes} min ${pad(rest)} s` : `${minutes} min`;
    return minutes ? `${hours} h ${pad(minutes)} min` : `${hours} h`;
  };

  assay.number = (value) => {
    if (value === null || value === undefined) return '–';
    if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e7)) return value.toExponential(3);
    return String(Number(value.toPrecision(5)));
  };

  assay.percent = (share) => share === null ? '–' : `${Math.floor(share * 1000) / 10} %`;

  assay.shortCommit = (run) => run.commit ? run.commit.slice(0, 10) + (run.dirty ? ' (changed)' : '') : '';

  // The newest results as a row of small squares.
  assay.strip = (index, entry, limit, runs) => {
    const results = assay.results(entry, limit, runs);
    const bad = results.filter(({letter}) => assay.isBad(letter)).length;
    return h('span', {class: 'strip', role: 'img', 'aria-label': `last ${results.length} results, ${bad} bad`},
             results.map(({run, letter}) => h('span', {
               class: `cell v-${letter}`, title: `${assay.timeText(index.runs[run].time)} ${assay.VERDICTS[letter].name}`,
             }, assay.VERDICTS[letter].mark)));
  };

  // How the letters of a run are shared out, as one bar; its text stands beside it.
  assay.bar = (letters) => {
    const box = h('span', {class: 'bar', 'aria-hidden': 'true'});
    for (const letter of Object.keys(assay.VERDICTS)) {
      const count = letters.filter((other) => other === letter).length;
      if (!count || letter === '.') continue;
      const part = h('span', {class: `part v-${letter}`});
      part.style.flexGrow = count;
      box.append(part);
    }
    return box;
  };

  assay.tally = (letters, href = null) => Object.keys(assay.VERDICTS).filter((letter) => letter !== '.')
      .map((letter) => [letter, letters.filter((other) => other === letter).length]).filter(([, count]) => count)
      .map(([letter, count]) => {
        const badge = assay.badge(letter, `${count} ${assay.VERDICTS[letter].name}`);
        return [href ? h('a', {class: 'bare', href: href(letter)}, badge) : badge, ' '];
      });

  // Shares over time as a small line; a picture beside its numbers, so hidden from readers of text.
  assay.sparkline = (shares) => {
    const [width, height] = [72, 20];
    const shown = shares.slice(-24);
    if (shown.length < 2) return null;
    const x = (at) => 2 + at * (width - 4) / (shown.length - 1);
    const y = (share) => height - 3 - share * (height - 6);
    const last = shown.length - 1;
    return svg('svg', {class: 'spark', viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true', focusable: 'false'},
      svg('polyline', {points: shown.map((share, at) => `${x(at).toFixed(1)},${y(share).toFixed(1)}`).join(' ')}),
      svg('circle', {cx: x(last), cy: y(shown[last]), r: 2}));
  };

  const row = (cells, columns) => h('tr', {}, cells.map((cell, at) => h('td', {class: columns[at][1] || null}, cell)));

  // A table; columns are [heading, classes]. Wide ones scroll inside their own box.
  assay.table = (caption, columns, rows) => h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption},
      h('table', {}, h('caption', {class: 'visually-hidden'}, caption),
        h('thead', {}, h('tr', {}, columns.map(([name, kind]) => name ?
            h('th', {scope: 'col', class: kind || null}, name) : h('td', {class: kind || null})))),
        h('tbody', {}, rows.map((cells) => row(cells, columns)))));

  // How many rows of a long table were asked for, by address and caption: a renewed page keeps them.
  const asked = new Map();

  // A long list of rows, a page of it at a time.
  assay.longTable = (caption, columns, items, makeRow, size = 100) => {
    const name = `${location.hash} ${caption}`;
    let shown = Math.min(Math.max(size, asked.get(name) || 0), items.length);
    const table = assay.table(caption, columns, items.slice(0, shown).map(makeRow));
    const box = h('div', {}, table);
    if (shown < items.length) {
      const button = h('button', {type: 'button', class: 'more', onclick: () => {
        const more = items.slice(shown, shown + size);
        shown += more.length;
        asked.set(name, shown);
        table.querySelector('tbody').append(...more.map((item) => row(makeRow(item), columns)));
        button.textContent = `Show more (${items.length - shown} left)`;
        if (shown >= items.length) button.remove();
      }}, `Show more (${items.length - shown} left)`);
      box.append(button);
    }
    return box;
  };

  assay.caseLink = (entry) => h('a', {href: assay.link(['case', entry.id])}, entry.name);
  assay.runLink = (index, run) => run === undefined || run < 0 ? null :
      h('a', {href: assay.link(['run', index.runs[run].id])}, assay.time(index.runs[run].time));

  assay.select = (id, label, options, value, onChange) => h('span', {class: 'field'},
      h('label', {for: id}, label),
      h('select', {id, onchange: (event) => onChange(event.target.value)},
        options.map(([option, text]) => h('option', {value: option, selected: option === value}, text))));

  assay.branchField = (index, query, go) => {
    const branches = [...new Set(index.runs.map((run) => run.branch).filter(Boolean))].sort();
    if (branches.length < 2) return null;
    return assay.select('branch', 'Branch', [['', 'all'], ...branches.map((name) => [name, name])],
                        query.branch || '', (branch) => go({...query, branch}));
  };

  assay.definitions = (entries) => h('dl', {}, entries.filter(([, value]) => value !== '' && value !== null && value !== undefined)
      .map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));

  assay.problem = (message) => [h('h1', {}, 'Nothing to show'), h('p', {class: 'problem', role: 'alert'}, message)];
})();
