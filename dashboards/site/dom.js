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

  // A link within the site: link(['run', id], {branch: 'main'}).
  assay.link = (parts, query = {}) => {
    const text = Object.entries(query).filter(([, value]) => value)
        .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
    return `#/${parts.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
  };

  assay.badge = (letter, text) => {
    const verdict = assay.VERDICTS[letter];
    return h('span', {class: `badge v-${letter === '.' ? 'none' : letter}`},
             h('span', {'aria-hidden': 'true'}, `${verdict.mark} `), text || verdict.name);
  };

  const pad = (number) => String(number).padStart(2, '0');
  assay.time = (milliseconds) => {
    const date = new Date(milliseconds);
    const text = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ` +
        `${pad(date.getHours())}:${pad(date.getMinutes())}`;
    return h('time', {datetime: date.toISOString()}, text);
  };

  assay.duration = (seconds) => {
    if (seconds === null || seconds === undefined) return '';
    if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(Math.floor(seconds % 60))} s`;
    return `${Math.floor(seconds / 3600)} h ${pad(Math.floor(seconds / 60) % 60)} min`;
  };

  assay.number = (value) => {
    if (value === null || value === undefined) return '–';
    if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e7)) return value.toExponential(3);
    return String(Number(value.toPrecision(5)));
  };

  assay.percent = (share) => share === null ? '–' : `${Math.floor(share * 1000) / 10} %`;

  // The newest results as a row of small squares, each a link to its run.
  assay.strip = (index, entry, limit, runs) => {
    const results = assay.results(entry, limit, runs);
    const bad = results.filter(({letter}) => assay.isBad(letter)).length;
    return h('span', {class: 'strip', role: 'img',
                      'aria-label': `last ${results.length} results, ${bad} failed or errored`},
             results.map(({run, letter}) => h('span', {
               class: `cell v-${letter}`,
               title: `${new Date(index.runs[run].time).toISOString().slice(0, 16)} ${assay.VERDICTS[letter].name}`,
             }, assay.VERDICTS[letter].mark)));
  };

  // A table; columns are [heading, class]. Wide ones scroll inside their own box.
  assay.table = (caption, columns, rows) => h('div', {class: 'scroll', tabindex: '0', role: 'region',
                                                      'aria-label': caption},
      h('table', {}, h('caption', {class: 'visually-hidden'}, caption),
        h('thead', {}, h('tr', {}, columns.map(([name, kind]) =>
            h('th', {scope: 'col', class: kind || null}, name)))),
        h('tbody', {}, rows.map((cells) => h('tr', {}, cells.map((cell, at) =>
            h('td', {class: columns[at][1] || null}, cell)))))));

  // A long list of rows, a page of it at a time.
  assay.longTable = (caption, columns, items, makeRow, size = 100) => {
    const box = h('div', {});
    const table = assay.table(caption, columns, items.slice(0, size).map(makeRow));
    box.append(table);
    let shown = Math.min(size, items.length);
    if (shown < items.length) {
      const button = h('button', {type: 'button', onclick: () => {
        const more = items.slice(shown, shown + size);
        shown += more.length;
        table.querySelector('tbody').append(...more.map((item) => h('tr', {}, makeRow(item).map(
            (cell, at) => h('td', {class: columns[at][1] || null}, cell)))));
        button.textContent = `Show more (${items.length - shown} left)`;
        if (shown >= items.length) button.remove();
      }}, `Show more (${items.length - shown} left)`);
      box.append(button);
    }
    return box;
  };

  assay.caseLink = (entry) => h('a', {href: assay.link(['case', entry.id])}, entry.name);
  assay.runLink = (index, run) => run < 0 ? null :
      h('a', {href: assay.link(['run', index.runs[run].id])}, assay.time(index.runs[run].time));

  assay.select = (id, label, options, value, onChange) => h('span', {class: 'field'},
      h('label', {for: id}, label),
      h('select', {id, onchange: (event) => onChange(event.target.value)},
        options.map(([option, text]) => h('option', {value: option, selected: option === value}, text))));

  assay.problem = (message) => h('p', {class: 'problem', role: 'alert'}, message);
})();
