'use strict';

function headlineCards(run) {
  return element('dl', {class: 'cards'}, ...run.headline.map(([label, value, note]) =>
      element('div', {class: 'card'}, element('dt', {}, inWords(label)),
              element('dd', {class: value.length > 12 ? 'value long' : 'value'}, value),
              note === '' ? null : element('dd', {class: 'quiet'}, note))));
}

// Which way a number is better: 1 larger, -1 smaller, 0 neither.
function direction(name) {
  if (/accuracy|samples\/s/.test(name)) return 1;
  return /loss|error/.test(name) ? -1 : 0;
}

// The best of texts that begin with a number; null if there is none, or if all are the same.
function bestOf(name, texts) {
  const numbers = texts.map((text) => parseFloat(text.replace(/,/g, '')));
  const sign = direction(name);
  if (sign === 0 || numbers.some(Number.isNaN) || isConstant(numbers)) return null;
  return sign * Math.max(...numbers.map((number) => sign * number));
}

// A row per name, a column per run. What is not the same in all is marked, and the best of it.
function comparisonTable(label, runs, names, valueOf) {
  const rows = names.map((name) => {
    const values = runs.map((run) => valueOf(run, name));
    const best = bestOf(name, values);
    const cells = values.map((value) => {
      const leads = best !== null && parseFloat(value.replace(/,/g, '')) === best;
      return element('td', {class: leads ? 'best' : null}, value,
                     leads ? spoken(', the best') : null);
    });
    return [inWords(name) + (isConstant(values) ? '' : ' ≠'), ...cells];
  });
  return table(label, ['', ...runs.map((run) => run.label)], rows, runs.length + 1);
}

function headlineText(run, name) {
  const item = run.headline.find(([label]) => label === name);
  if (!item) return '';
  return item[1] + (item[2] === '' ? '' : ' (' + item[2] + ')');
}

// What the hashes say: the same bits, or not.
function hashNote(runs) {
  const hashes = runs.map((run) => (run.facts.find(([name]) => name === 'weights_hash') || [])[1]);
  if (hashes.some((hash) => !hash)) return null;
  return element('p', {}, isConstant(hashes)
      ? 'All runs end with the same weights, bit for bit (weights_hash).'
      : 'The runs end with different weights (weights_hash).');
}

function numbersSection(runs) {
  const unfinished = runs.filter((run) => !run.finished).map((run) =>
      element('p', {}, '⚠ ' + run.label + ' has not finished: it has no summary.json.'));
  if (runs.length === 1) {
    const [, name] = runs[0].facts.find(([fact]) => fact === 'name') || [];
    return element('section', {}, ...unfinished, headlineCards(runs[0]),
                   element('p', {class: 'quiet'}, (name ? name + ', folder ' : 'folder ') +
                                                  runs[0].folder));
  }
  const names = [...new Set(runs.flatMap((run) => run.headline.map(([label]) => label)))];
  return element('section', {}, ...unfinished, hashNote(runs),
                 comparisonTable('results of the runs', runs, names, headlineText),
                 element('p', {class: 'quiet'},
                         '≠: not the same in all runs; bold: the best of them.'));
}

function differenceSection(page) {
  if (page.runs.length < 2) return null;
  if (page.differences.length === 0) {
    return section('Configs', element('p', {}, 'The configs of all runs are the same.'));
  }
  const rows = page.differences.map(({path, values}) =>
      [path, ...values.map((value) => value === '' ? 'not set' : value)]);
  return section('What differs in the configs',
                 table('settings that differ', ['', ...page.runs.map((run) => run.label)], rows,
                       page.runs.length + 1));
}

// All facts and the config of each run, folded.
function sourceSection(runs) {
  const parts = runs.flatMap((run) => [
    run.facts.length === 0 ? null : folded('All facts of ' + run.label,
        table('facts of ' + run.label, ['name', 'value'], run.facts, 2)),
    run.config === '' ? null : folded('Config of ' + run.label,
        element('pre', {tabindex: '0'}, run.config)),
  ]).filter((part) => part !== null);
  return parts.length === 0 ? null : section('Sources', ...parts);
}
