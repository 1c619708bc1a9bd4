'use strict';

// Makes an element. Children that are not elements become text, never markup: names and texts of
// the data cannot change the page.
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// A section with its heading.
function section(title, ...children) {
  return element('section', {}, element('h2', {}, title), ...children);
}

// A table in a box that scrolls sideways by itself. Cells are texts or made elements; columns from
// `firstNumber` on are set as numbers.
function table(label, headings, rows, firstNumber = 1) {
  const kind = (i) => ({class: i >= firstNumber ? 'number' : null});
  const head = element('tr', {}, ...headings.map(
      (text, i) => element('th', {scope: 'col', ...kind(i)}, text)));
  const body = rows.map((row) => element('tr', {}, ...row.map((cell, i) =>
      cell instanceof Node ? cell
          : i === 0 ? element('th', {scope: 'row', ...kind(i)}, cell)
                    : element('td', kind(i), cell))));
  return scrollBox(label, element('table', {}, element('thead', {}, head),
                                  element('tbody', {}, ...body)));
}

// Reachable by keyboard, because it may scroll.
function scrollBox(label, ...children) {
  return element('div', {class: 'scroll', role: 'region', tabindex: '0', 'aria-label': label},
                 ...children);
}

function folded(title, ...children) {
  return element('details', {}, element('summary', {}, title), ...children);
}

// A number as the page writes it; null (NaN, Inf) as NaN.
function numberText(value) {
  if (value === null || value === undefined) return 'NaN';
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  const size = Math.abs(value);
  if (size >= 1000) return value.toLocaleString('en-US', {maximumFractionDigits: 1});
  return size >= 0.001 ? value.toFixed(size >= 100 ? 2 : 4) : value.toPrecision(4);
}

// A curve's name in words: "val_mean_absolute_error" is "validation mean absolute error". The one
// exception is the name that summary.json, the terminal and this page share.
function inWords(name) {
  if (name === 'weights_hash') return name;
  return name.replace(/^val_/, 'validation ').replace(/_/g, ' ');
}

// "5.447 ms", "0.85 µs": three digits in the unit that suits.
function millisecondsText(ms) {
  if (ms === 0) return '0 µs';
  if (ms < 0.0001) return '< 0.1 µs';
  const [value, unit] = ms < 1 ? [1000 * ms, 'µs'] : [ms, 'ms'];
  const digits = value < 100 ? value.toPrecision(3) : Math.round(value).toLocaleString('en-US');
  return digits + ' ' + unit;
}

function percent(share) { return (100 * share).toFixed(1) + ' %'; }
