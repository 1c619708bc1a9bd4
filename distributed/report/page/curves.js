'use strict';

// A moving average lags behind the curve it smooths: the fewer epochs, the less of it at first.
function initialSmoothing(epochs) {
  if (epochs < 6) return 0;
  return epochs < 50 ? 0.3 : 0.6;
}

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
                table('values per epoch of ' + run.label, ['epoch', ...names.map(inWords)], rows,
                      0));
}

function epochSection(runs) {
  const trained = runs.filter((run) => Object.keys(run.history).length > 0);
  if (trained.length === 0) return null;
  let group = null;
  const redraw = () => group.redraw();
  const longest = Math.max(...trained.map((run) => (run.history.loss || []).length));
  const slider = smoothingSlider(initialSmoothing(longest), redraw);
  const losses = metricNames(trained).filter((name) => !name.includes('accuracy'));
  const box = logarithmBox(
      losses.some((name) => wantsLogarithm(epochSeries(trained, name))), redraw);
  group = collected(() => metricNames(trained).map((name) => lineChart({
    title: inWords(name), xTitle: 'epoch', yTitle: inWords(name),
    series: epochSeries(trained, name), factor: slider.factor,
    logarithmic: losses.includes(name) ? box.logarithmic : undefined,
  })));
  return section('Curves over epochs', controls(slider, box),
                 element('div', {class: 'charts'}, ...group.built, rateChart(trained)),
                 ...trained.map(epochTable));
}

function controls(...parts) {
  return element('div', {class: 'controls'}, ...parts.map((part) => part.control));
}

function phaseShare(phases, phase) {
  const total = Object.values(phases).reduce((sum, ms) => sum + ms, 0);
  return total === 0 || phases[phase] === undefined ? '' : percent(phases[phase] / total);
}

// Mean time of each phase of a step, by run; of one run also its share of rank 0's step.
function phaseTable(runs) {
  const timed = runs.filter((run) => Object.keys(run.steps.rank0Ms).length > 0);
  if (timed.length === 0) return null;
  const phases = [...new Set(timed.flatMap((run) => Object.keys(run.steps.rank0Ms)))];
  const headings = ['phase'];
  for (const run of timed) {
    const of = timed.length === 1 ? '' : run.label + ', ';
    headings.push(of + 'rank 0', of + 'slowest rank');
  }
  if (timed.length === 1) headings.push('share of rank 0');
  const text = (ms) => ms === undefined ? '' : millisecondsText(ms);
  const rows = phases.map((phase) => [inWords(phase), ...timed.flatMap((run) =>
      [text(run.steps.rank0Ms[phase]), text(run.steps.slowestMs[phase])]),
      ...(timed.length === 1 ? [phaseShare(timed[0].steps.rank0Ms, phase)] : [])]);
  return element('div', {}, element('h3', {}, 'Where a step’s time goes (mean over the steps)'),
                 table('mean time per step by phase', headings, rows));
}

function stepSection(runs) {
  const stepped = runs.filter((run) => run.steps.step.length > 0);
  if (stepped.length === 0) return null;
  let group = null;
  const redraw = () => group.redraw();
  const series = stepped.map((run, r) => ({
    label: stepped.length === 1 ? 'training loss' : run.label, x: run.steps.step,
    y: run.steps.loss, color: r}));
  const slider = smoothingSlider(0.6, redraw);
  const box = logarithmBox(wantsLogarithm(series), redraw);
  group = collected(() => lineChart({
    title: 'training loss of each batch', xTitle: 'step', yTitle: 'loss', fromZero: true, series,
    factor: slider.factor, logarithmic: box.logarithmic}));
  const same = isConstant(stepped.map((run) => run.steps.stepsPerPoint));
  const thinned = (same ? stepped.slice(0, 1) : stepped)
      .filter((run) => run.steps.stepsPerPoint > 1).map((run) =>
          element('p', {class: 'quiet'}, 'A point' + (same ? '' : ' of ' + run.label) +
              ' is the mean of ' + run.steps.stepsPerPoint + ' steps.'));
  return section('Curve over steps', controls(slider, box), group.built, ...thinned,
                 phaseTable(runs));
}
