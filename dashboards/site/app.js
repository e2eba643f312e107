// Routes: the part of the address behind '#' says which page, and its filters. So a view is a link.
'use strict';

(() => {
  const {h} = assay;
  const main = document.getElementById('main');
  const search = document.getElementById('search');
  const POLL_MS = 2000;

  // '#/case/ID?gpu=X' -> {page: 'case', parts: ['ID'], query: {gpu: 'X'}}
  const route = () => {
    const [path, ...rest] = location.hash.replace(/^#\/?/, '').split('?');
    const parts = path.split('/').map((part) => {
      try { return decodeURIComponent(part); } catch { return part; }
    });
    return {page: parts[0] || 'overview', parts: parts.slice(1), query: Object.fromEntries(new URLSearchParams(rest.join('?')))};
  };
  const address = ({page, parts}, query) => assay.link([page, ...parts].filter((part, at) => at > 0 || part !== 'overview'), query);

  // Notes a part of the view in the address without making the page again.
  assay.putQuery = (changed) => {
    const now = route();
    history.replaceState(null, '', address(now, {...now.query, ...changed}));
    const button = document.getElementById('whole');
    if (button) button.hidden = !(changed.from || '');
  };

  const NAV = {overview: '#/', model: '#/cases', cases: '#/cases', case: '#/cases', runs: '#/runs', run: '#/runs', compare: '#/compare'};
  const markNavigation = (page) => {
    for (const link of document.querySelectorAll('nav a')) {
      if (link.getAttribute('href') === NAV[page]) link.setAttribute('aria-current', page in {overview: 0, cases: 0, runs: 0, compare: 0} ? 'page' : 'true');
      else link.removeAttribute('aria-current');
    }
  };

  // The content of the page that the address names.
  const makePage = async ({page, parts, query}) => {
    try {
      const index = await assay.load('index');
      document.getElementById('footer').replaceChildren(`${index.cases.length} cases, ${index.runs.length} runs, ${index.live ? 'read' : 'made'} `,
                                                        assay.time(index.generated), index.live ? ' · live' : '');
      const make = Object.hasOwn(assay.pages, page) ? assay.pages[page] : null;
      if (!make) return {title: 'Not found', content: assay.problem(`There is no page '${page}'.`)};
      if (!index.runs.length) return {title: 'Empty', content: [h('h1', {}, index.title), h('p', {}, 'There is no record yet.')]};
      return await make(index, parts, query, (changed) => { location.hash = address({page, parts}, changed); });
    } catch (error) {
      return {title: 'Error', content: assay.problem(error.message)};
    }
  };

  let shown = 0;
  const show = async () => {
    const ticket = ++shown;  // a slow page must not replace a newer one
    const now = route();
    const {title, content} = await makePage(now);
    if (ticket !== shown) return;
    document.title = `${title} – Assay`;
    main.replaceChildren(...[content].flat(Infinity).filter((part) => part !== null && part !== undefined));
    assay.clearCharts();
    search.value = now.page === 'cases' ? now.query.q || '' : '';
    markNavigation(now.page);
    assay.drawVisible();
  };

  // The same page with new data: what the reader looks at, has chosen and points at stays.
  const renew = async () => {
    const {activeElement} = document;
    const inMain = main.contains(activeElement) && activeElement !== main;
    const same = (node) => ['id', 'href', 'aria-label'].every((name) => node.getAttribute(name) === activeElement.getAttribute(name));
    const typed = search.value;
    const [x, y] = [scrollX, scrollY];
    await show();
    if (document.activeElement === search) search.value = typed;
    if (inMain) {
      const again = [...main.querySelectorAll(activeElement.tagName)].find(same);
      if (again) again.focus({preventScroll: true});
    }
    scrollTo(x, y);
  };

  // A served site is asked now and then whether it knows more.
  const follow = async () => {
    try {
      if (!document.hidden && await assay.isRenewed()) await renew();
      document.documentElement.classList.remove('lost');
    } catch {
      document.documentElement.classList.add('lost');  // the server ended; what is shown stays
    }
    setTimeout(follow, POLL_MS);
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
    renew();
  });

  search.form.addEventListener('submit', (event) => {
    event.preventDefault();
    location.hash = assay.link(['cases'], {...(route().page === 'cases' ? route().query : {}), q: search.value.trim()});
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    event.preventDefault();
    search.focus();
  });
  document.querySelector('.skip-link').addEventListener('click', (event) => {
    event.preventDefault();
    main.focus();
  });
  let page = route();
  addEventListener('hashchange', async () => {
    const before = page;
    page = route();
    // Another filter of the same page keeps the place and the focus; another page starts at its top.
    if (before.page === page.page && before.parts.join() === page.parts.join()) return renew();
    await show();
    scrollTo(0, 0);
    return main.focus({preventScroll: true});
  });
  show().then(async () => {
    const index = await assay.load('index').catch(() => null);
    if (index && index.live) follow();
  });
})();
