'use strict';

// A stacked bar per label; `steps` holds milliseconds by part, one object per bar.
function stackedChart(title, xTitle, labels, steps) {
  const parts = [...new Set(steps.flatMap((ms) => Object.keys(ms)))];
  const total = (ms) => Object.values(ms).reduce((sum, value) => sum + value, 0);
  const canvas = element('canvas', {
    role: 'img',
    'aria-label': 'Stacked bars of ' + title + '. ' + labels.map((label, i) =>
        xTitle + ' ' + label + ': ' + millisecondsText(total(steps[i]))).join('; ') + '.',
  });
  let drawn = null;
  redraws.push(() => {
    const datasets = parts.map((part, i) => ({
      label: part, data: steps.map((ms) => ms[part]), backgroundColor: seriesColor(i),
      borderColor: themeColor('page'), borderWidth: {top: steps.length < 60 ? 1 : 0},
      maxBarThickness: 48}));
    if (drawn) drawn.destroy();
    drawn = new Chart(canvas, {type: 'bar', data: {labels, datasets},
                               options: stackedOptions(xTitle)});
  });
  return element('figure', {class: 'chart'}, element('figcaption', {}, title),
                 element('div', {class: 'canvas'}, canvas));
}

function stackedOptions(xTitle) {
  const x = axis(xTitle, {type: 'category', stacked: true});
  x.grid.display = false;
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    interaction: {mode: 'index', intersect: false},
    scales: {x, y: axis('milliseconds of a step', {stacked: true, beginAtZero: true})},
    plugins: {
      legend: {position: 'bottom', labels: {color: themeColor('text'), boxWidth: 14}},
      tooltip: {callbacks: {
        title: (items) => items.length === 0 ? '' : xTitle + ' ' + items[0].label,
        label: (item) => ' ' + item.dataset.label + ': ' + millisecondsText(item.parsed.y),
      }},
    },
  };
}

function verdictTable(run) {
  const {epochs} = run.timing;
  const parts = [...new Set(epochs.flatMap(({ms}) => Object.keys(ms)))];
  const rows = epochs.map(({epoch, verdict, ms}) => [
    String(epoch), element('td', {}, verdict),
    ...parts.map((part) => ms[part] === undefined ? '' : millisecondsText(ms[part]))]);
  return folded('Verdict and parts per epoch of ' + run.label,
                table('verdicts per epoch of ' + run.label, ['epoch', 'verdict', ...parts], rows,
                      2));
}

// The last epoch's verdict in words; per epoch what a step consisted of, and per rank at the end.
function timingSection(runs) {
  const timed = runs.filter((run) => run.timing.epochs.length > 0);
  if (timed.length === 0) return null;
  const of = (run) => timed.length === 1 ? '' : run.label + ': ';
  const charts = timed.flatMap((run) => {
    const {epochs, ranks} = run.timing;
    return [
      stackedChart(of(run) + 'mean step of each epoch', 'epoch',
                   epochs.map(({epoch}) => String(epoch)), epochs.map(({ms}) => ms)),
      ranks.length < 2 ? null : stackedChart(of(run) + 'mean step of each rank, last epoch',
                                             'rank', ranks.map((_, i) => String(i)), ranks),
    ].filter((chart) => chart !== null);
  });
  const verdicts = timed.map((run) => {
    const last = run.timing.epochs[run.timing.epochs.length - 1];
    return element('p', {}, of(run) + 'epoch ' + last.epoch + ', ' + last.verdict);
  });
  return section('What kept steps from being faster', ...verdicts,
                 element('div', {class: 'charts'}, ...charts), ...timed.map(verdictTable));
}
