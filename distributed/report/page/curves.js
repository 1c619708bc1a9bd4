'use strict';

const perEpochExtras = new Set(['seconds', 'learning_rate']);

function counting(length) { return Array.from({length}, (_, i) => i + 1); }

function isConstant(values) { return values.every((value) => value === values[0]); }

// "loss", "accuracy" ...: what some run has a curve of, the loss first.
function metricNames(runs) {
  const names = new Set();
  for (const run of runs) {
    for (const name of Object.keys(run.history)) {
      if (!perEpochExtras.has(name)) names.add(name.replace(/^val_/, ''));
    }
  }
  return [...names].sort((a, b) => (b === 'loss') - (a === 'loss') || (a < b ? -1 : 1));
}

// Training dashed, validation solid; a colour per run, or per curve if there is one run.
function epochSeries(runs, name) {
  const series = [];
  runs.forEach((run, r) => {
    [['val_' + name, 'validation'], [name, 'training']].forEach(([key, label], k) => {
      const y = run.history[key];
      if (!y || y.length === 0) return;
      const one = runs.length === 1;
      series.push({label: one ? label : run.label + ', ' + label, x: counting(y.length), y,
                   color: one ? k : r, dashed: key === name});
    });
  });
  return series;
}

function rateChart(runs) {
  const varying = runs.map((run, r) => ({y: run.history.learning_rate, label: run.label, r}))
      .filter((rate) => rate.y && rate.y.length > 0);
  if (!varying.some((rate) => !isConstant(rate.y))) return null;
  return lineChart({
    title: 'learning rate', xTitle: 'epoch', yTitle: 'learning rate',
    series: varying.map(({label, y, r}) => ({label, x: counting(y.length), y, color: r})),
  });
}

function epochTable(run) {
  const names = Object.keys(run.history);
  const rows = counting(Math.max(0, ...names.map((name) => run.history[name].length)))
      .map((epoch) => [String(epoch), ...names.map((name) =>
          epoch <= run.history[name].length ? numberText(run.history[name][epoch - 1]) : '')]);
  return folded('Values per epoch of ' + run.label,
                table('values per epoch of ' + run.label, ['epoch', ...names], rows, 0));
}

function epochSection(runs) {
  const trained = runs.filter((run) => Object.keys(run.history).length > 0);
  if (trained.length === 0) return null;
  let group = null;
  const slider = smoothingSlider(0, () => group.redraw());
  group = collected(() => metricNames(trained).map((name) => lineChart({
    title: name, xTitle: 'epoch', yTitle: name, series: epochSeries(trained, name),
    factor: slider.factor,
  })));
  return section('Curves over epochs', slider.control,
                 element('div', {class: 'charts'}, ...group.built, rateChart(trained)),
                 ...trained.map(epochTable));
}

// Mean milliseconds of each phase of a step, by run.
function phaseTable(runs) {
  const timed = runs.filter((run) => Object.keys(run.steps.rank0Ms).length > 0);
  if (timed.length === 0) return null;
  const phases = [...new Set(timed.flatMap((run) => Object.keys(run.steps.rank0Ms)))];
  const headings = ['phase'];
  for (const run of timed) {
    const of = timed.length === 1 ? '' : run.label + ', ';
    headings.push(of + 'rank 0 [ms]', of + 'slowest rank [ms]');
  }
  const cell = (value) => value === undefined ? '' : numberText(value);
  const rows = phases.map((phase) => [phase.replace(/_/g, ' '), ...timed.flatMap((run) =>
      [cell(run.steps.rank0Ms[phase]), cell(run.steps.slowestMs[phase])])]);
  return element('div', {}, element('h3', {}, 'Where a step’s time goes (mean over the steps)'),
                 table('mean milliseconds per step by phase', headings, rows));
}

function stepSection(runs) {
  const stepped = runs.filter((run) => run.steps.step.length > 0);
  if (stepped.length === 0) return null;
  let group = null;
  const slider = smoothingSlider(0.6, () => group.redraw());
  group = collected(() => lineChart({
    title: 'training loss of each batch', xTitle: 'step', yTitle: 'loss', factor: slider.factor,
    series: stepped.map((run, r) => ({
      label: stepped.length === 1 ? 'training loss' : run.label, x: run.steps.step,
      y: run.steps.loss, color: r})),
  }));
  const thinned = stepped.filter((run) => run.steps.stepsPerPoint > 1).map((run) =>
      element('p', {class: 'quiet'}, 'A point of ' + run.label + ' is the mean of ' +
          run.steps.stepsPerPoint + ' steps.'));
  return section('Curve over steps', slider.control, group.built, ...thinned, phaseTable(runs));
}
