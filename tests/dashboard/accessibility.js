// What a page must hold for everyone: evaluated in the page, gives a list of what is wrong.
// The rules are WCAG 2.1's (success criteria in parentheses); contrast is computed from what is shown.
(() => {
  const problems = [];
  const describe = (node) => {
    const text = (node.textContent || '').trim().slice(0, 40);
    return `<${node.tagName.toLowerCase()}${node.id ? ` id=${node.id}` : ''} class="${node.getAttribute('class') || ''}"> ${text}`;
  };
  const wrong = (rule, node) => problems.push(`${rule}: ${describe(node)}`);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (node) => {
    const style = getComputedStyle(node);
    return style.display !== 'none' && style.visibility !== 'hidden' && node.getClientRects().length > 0;
  };

  // Language, title, viewport (3.1.1, 2.4.2, 1.4.4)
  if (!/^[a-z]{2}/.test(document.documentElement.lang)) problems.push('no language');
  if (!document.title.trim()) problems.push('no title');
  if (/user-scalable\s*=\s*no|maximum-scale/.test(document.querySelector('meta[name=viewport]').content)) problems.push('the page cannot be zoomed');

  // Landmarks (1.3.1, 2.4.1): one of each, and everything in one.
  for (const name of ['header', 'main', 'footer']) if (all(`body > ${name}`).length !== 1) problems.push(`not one ${name}`);
  for (const node of all('nav, [role=region]')) if (!node.getAttribute('aria-label')) wrong('a landmark without a name', node);
  const regions = all('[role=region]').map((node) => node.getAttribute('aria-label'));
  if (new Set(regions).size !== regions.length) problems.push(`two regions of one name: ${regions}`);
  for (const node of document.body.children) {
    if (!node.matches('header, main, footer, script, .skip-link')) wrong('outside of all landmarks', node);
  }
  if (!document.querySelector('body > a.skip-link:first-child[href="#main"]')) problems.push('no link to the content');

  // Headings (1.3.1): one h1, and no level left out.
  const headings = all('h1, h2, h3, h4, h5, h6').map((node) => [Number(node.tagName[1]), node]);
  if (headings.filter(([level]) => level === 1).length !== 1) problems.push('not one h1');
  let before = 0;
  for (const [level, node] of headings) {
    if (level > before + 1) wrong(`h${level} after h${before}`, node);
    if (!node.textContent.trim()) wrong('an empty heading', node);
    before = level;
  }

  // Names and roles of what can be used (4.1.2, 1.3.1), and ids (4.1.1)
  const nameOf = (node) => (node.getAttribute('aria-label') || (node.getAttribute('aria-labelledby') || '').split(' ').map((id) => (document.getElementById(id) || {}).textContent || '').join(' ') ||
      [...(node.labels || [])].map((label) => label.textContent).join(' ') ||
      [...node.childNodes].map((part) => part.nodeType === 3 ? part.data : part.nodeType === 1 && part.getAttribute('aria-hidden') !== 'true' ? part.textContent : '').join('')).trim();
  const controls = all('a[href], button, input, select, textarea, [tabindex], [role=slider]').filter(isShown);
  for (const node of controls) {
    if (node !== document.querySelector('main') && !nameOf(node)) wrong('without a name', node);
    if (node.tabIndex > 0) wrong('an order of its own', node);
    if (node.hasAttribute('tabindex') && node.tabIndex === 0 && !node.getAttribute('role')) wrong('can be focused, but has no role', node);
    if (node.closest('[aria-hidden=true]')) wrong('hidden, but can be focused', node);
  }
  for (const node of all('[role=slider]')) {
    for (const name of ['valuemin', 'valuemax', 'valuenow', 'valuetext', 'label']) if (!node.getAttribute(`aria-${name}`)) wrong(`no aria-${name}`, node);
  }
  for (const node of all('img, [role=img]')) if (!node.getAttribute('alt') && !node.getAttribute('aria-label')) wrong('a picture without a text', node);
  for (const node of all('svg')) if (node.getAttribute('aria-hidden') !== 'true' && !node.getAttribute('aria-label')) wrong('a drawing without a text', node);
  const ids = all('[id]').map(({id}) => id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) problems.push(`the id ${id} twice`);
  for (const node of all('label[for]')) if (!document.getElementById(node.htmlFor)) wrong('a label of nothing', node);
  for (const node of all('[aria-labelledby]')) if (!document.getElementById(node.getAttribute('aria-labelledby'))) wrong('labelled by nothing', node);

  // Tables and lists (1.3.1)
  for (const node of all('table')) {
    if (!node.caption || !node.caption.textContent.trim()) wrong('a table without a caption', node);
    if (!node.querySelector('th')) wrong('a table without headings', node);
  }
  for (const node of all('th')) {
    if (!node.scope) wrong('a heading without a scope', node);
    if (!node.textContent.trim()) wrong('an empty heading', node);
  }
  for (const node of all('ul, ol')) if ([...node.children].some((child) => child.tagName !== 'LI')) wrong('a list with something else in it', node);
  for (const node of all('dl')) if ([...node.children].some((child) => !/^D[TD]$/.test(child.tagName))) wrong('a list with something else in it', node);
  for (const node of all('.scroll')) {
    if (node.scrollWidth > node.clientWidth && node.tabIndex !== 0) wrong('scrolls, but not by keyboard', node);
  }

  // Contrast (1.4.3): 4.5 for text, 3 for large text; fields' borders 3 (1.4.11)
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  canvas.canvas.width = canvas.canvas.height = 1;
  const colours = new Map();
  const parse = (text) => {
    if (!colours.has(text)) {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = text;
      canvas.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
      colours.set(text, [r, g, b, a / 255]);
    }
    return colours.get(text);
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const background = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.slice(0, 3).map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.data.trim() || seen.has(node) || node.closest('script, noscript, .visually-hidden') || !isShown(node)) continue;
    seen.add(node);
    const style = getComputedStyle(node);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = contrast(over(parse(style.color), background(node)), background(node));
    if (ratio < (isLarge ? 3 : 4.5)) wrong(`contrast ${ratio.toFixed(2)}`, node);
  }
  for (const node of all('input, select').filter(isShown)) {
    const ratio = contrast(parse(getComputedStyle(node).borderTopColor), background(node.parentElement));
    if (ratio < 3) wrong(`border contrast ${ratio.toFixed(2)}`, node);
  }
  return problems;
})()
