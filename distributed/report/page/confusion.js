'use strict';

// Above this many classes cells and letters shrink.
const manyClasses = 20;

function confusionAt(p, row, column) { return p.confusions[row * p.classes + column]; }

function rowTotal(p, row) {
  let total = 0;
  for (let column = 0; column < p.classes; ++column) total += confusionAt(p, row, column);
  return total;
}

// The cell's background tells the share of its row; the root lifts small shares into sight.
function confusionCell(p, row, column, total) {
  const count = confusionAt(p, row, column);
  const share = total === 0 ? 0 : count / total;
  const opacity = count === 0 ? 0 : 0.08 + 0.92 * Math.sqrt(share);
  const hue = row === column ? '--right' : '--wrong';
  const label = 'true ' + p.classNames[row] + ', predicted ' + p.classNames[column] + ': ' +
      count + ' of ' + total;
  return element('td', {
    title: label,
    class: opacity > 0.8 ? 'strong' : count === 0 ? 'none' : null,
    style: count === 0 ? null : 'background: rgba(var(' + hue + '), ' + opacity.toFixed(3) + ')',
  }, count === 0 ? '' : count.toLocaleString('en-US'));
}

function confusionTable(p) {
  const many = p.classes > manyClasses;
  const classes = counting(p.classes).map((i) => i - 1);
  const head = element('tr', {}, element('th', {class: 'axis'}, element('div', {}, 'predicted →'),
                                         element('div', {}, 'true ↓')),
      ...classes.map((c) => element('th', {scope: 'col', title: p.classNames[c]},
                                    element('span', {}, p.classNames[c]))));
  const rows = classes.map((row) => {
    const total = rowTotal(p, row);
    return element('tr', {}, element('th', {scope: 'row'}, p.classNames[row]),
                   ...classes.map((column) => confusionCell(p, row, column, total)));
  });
  return element('table', {class: many ? 'confusion many' : 'confusion'},
                 element('thead', {}, head), element('tbody', {}, ...rows));
}

// The most frequent mistakes in words.
function confusionList(p) {
  const pairs = [];
  for (let row = 0; row < p.classes; ++row) {
    for (let column = 0; column < p.classes; ++column) {
      const count = confusionAt(p, row, column);
      if (row !== column && count > 0) pairs.push({row, column, count});
    }
  }
  if (pairs.length === 0) return element('p', {}, 'None.');
  pairs.sort((a, b) => b.count - a.count);
  return table('most frequent mistakes', ['true', 'predicted', 'samples', 'share of the class'],
               pairs.slice(0, 10).map(({row, column, count}) =>
                   [p.classNames[row], p.classNames[column], count.toLocaleString('en-US'),
                    percent(count / rowTotal(p, row))]), 2);
}

function classBars(p) {
  const items = p.classNames.map((name, c) => {
    const total = rowTotal(p, c);
    const right = confusionAt(p, c, c);
    const share = total === 0 ? 0 : right / total;
    return element('li', {}, element('span', {class: 'name', title: name}, name),
        element('span', {class: 'bar', 'aria-hidden': 'true'},
                element('span', {style: 'width: ' + (100 * share).toFixed(1) + '%'})),
        element('span', {class: 'share'}, total === 0 ? 'no samples'
            : percent(share) + ' of ' + total.toLocaleString('en-US')));
  });
  return element('ul', {class: 'classes'}, ...items);
}

function correctCount(p) {
  let correct = 0;
  for (let c = 0; c < p.classes; ++c) correct += confusionAt(p, c, c);
  return correct;
}

function confusionParts(p) {
  return [
    element('p', {}, correctCount(p).toLocaleString('en-US') + ' of ' +
        p.count.toLocaleString('en-US') + ' test samples are classified correctly (' +
        percent(correctCount(p) / p.count) + ').'),
    element('h3', {}, 'Confusion matrix'),
    element('p', {class: 'quiet'}, 'Each row is a true class, each column a prediction. The ' +
        'diagonal is right; every other number is a mistake. The deeper the colour, the larger ' +
        'the share of the row.'),
    element('div', {class: 'beside'}, scrollBox('confusion matrix', confusionTable(p)),
            element('div', {}, element('h3', {}, 'Most frequent mistakes'), confusionList(p))),
    element('h3', {}, 'Accuracy by class'),
    classBars(p),
  ];
}
