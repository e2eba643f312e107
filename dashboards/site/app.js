// Routes: the part of the address behind '#' says which page, and its filters. So a view is a link.
'use strict';

(() => {
  const {h} = assay;
  const main = document.getElementById('main');
  const search = document.getElementById('search');

  // '#/case/ID?gpu=X' -> {page: 'case', parts: ['ID'], query: {gpu: 'X'}}
  const route = () => {
    const [path, text = ''] = location.hash.replace(/^#\/?/, '').split('?');
    const parts = path.split('/').map((part) => {
      try { return decodeURIComponent(part); } catch { return part; }
    });
    return {page: parts[0] || 'overview', parts: parts.slice(1), query: Object.fromEntries(new URLSearchParams(text))};
  };

  const go = (page, parts) => (query) => { location.hash = assay.link([page, ...parts].filter((part) => part !== 'overview'), query); };

  let shown = 0;
  const show = async () => {
    const ticket = ++shown;  // a slow page must not replace a newer one
    const {page, parts, query} = route();
    let result;
    try {
      const index = await assay.load('index');
      document.getElementById('footer').replaceChildren(`${index.cases.length} cases, ${index.runs.length} runs, made `, assay.time(index.generated));
      const make = Object.hasOwn(assay.pages, page) ? assay.pages[page] : null;
      if (!make) result = {title: 'Not found', content: assay.problem(`There is no page '${page}'.`)};
      else if (!index.runs.length) result = {title: 'Empty', content: assay.problem('The history holds no record yet.')};
      else {
        assay.clearCharts();
        result = await make(index, parts, query, go(page, parts));
      }
    } catch (error) {
      result = {title: 'Error', content: assay.problem(error.message)};
    }
    if (ticket !== shown) return;
    document.title = `${result.title} – Assay`;
    main.replaceChildren(...[result.content].flat(Infinity).filter((part) => part !== null && part !== undefined));
    search.value = page === 'cases' ? query.q || '' : '';
    for (const link of document.querySelectorAll('nav a')) {
      if (link.getAttribute('href') === (page === 'overview' ? '#/' : `#/${page}`)) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
  };

  // The system's colours unless the reader chose others here.
  const button = document.getElementById('theme');
  const stored = () => { try { return localStorage.getItem('assay-theme'); } catch { return null; } };
  const setTheme = (theme) => {
    document.documentElement.dataset.theme = theme;
    button.setAttribute('aria-pressed', String(theme === 'dark'));
  };
  setTheme(stored() || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
  button.addEventListener('click', () => {
    const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    try { localStorage.setItem('assay-theme', theme); } catch { /* a private window keeps nothing */ }
    setTheme(theme);
    show();
  });

  search.form.addEventListener('submit', (event) => {
    event.preventDefault();
    location.hash = assay.link(['cases'], {...(route().page === 'cases' ? route().query : {}), q: search.value.trim()});
  });
  document.querySelector('.skip-link').addEventListener('click', (event) => {
    event.preventDefault();
    main.focus();
  });
  window.addEventListener('hashchange', () => {
    show().then(() => { window.scrollTo(0, 0); main.focus({preventScroll: true}); });
  });
  show();
})();
