'use strict';

// The mean curve from epoch `start + 1` on, each fold thin around it in the unsmoothed chart.
function foldSeries(runs, start, withFolds) {
  const series = [];
  runs.forEach((run, r) => {
    const {metric, mean, perFold, folds} = run.crossval;
    const line = (values) => ({x: counting(values.length).slice(start), y: values.slice(start),
                               color: r});
    const of = runs.length === 1 ? '' : run.label + ', ';
    series.push({...line(mean[metric]), label: of + 'mean of ' + folds + ' folds'});
    if (!withFolds) return;
    perFold[metric].forEach((values, fold) => {
      series.push({...line(values), label: of + 'fold ' + fold, thin: true});
    });
  });
  return series;
}

// Of the folds' last values, as of a sample: divided by one less than there are.
function deviation(folds) {
  const values = folds.map((fold) => fold[fold.length - 1]);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return numberText(Math.sqrt(squares / (values.length - 1)));
}

// The final value of each fold, their mean and spread, for every curve.
function foldTable(run, manyRuns) {
  const {mean, perFold, folds} = run.crossval;
  const last = (values) => values.length === 0 ? '' : numberText(values[values.length - 1]);
  const rows = Object.keys(mean).map((name) =>
      [inWords(name), ...perFold[name].map(last), last(mean[name]), deviation(perFold[name])]);
  const headings = ['', ...counting(folds).map((fold) => 'fold ' + (fold - 1)), 'mean',
                    'standard deviation'];
  const title = 'Last epoch of each fold' + (manyRuns ? ' of ' + run.label : '');
  return element('div', {}, element('h3', {}, title), table(title, headings, rows));
}

// Raw, and smoothed without the first points, whose other scale would flatten the rest.
function crossvalSection(runs, smoothing) {
  const validated = runs.filter((run) => run.crossval);
  if (validated.length === 0) return null;
  const name = validated[0].crossval.metric;
  const words = inWords(name);
  const raw = lineChart({title: words + ', mean and each fold', xTitle: 'epoch', yTitle: words,
                         series: foldSeries(validated, 0, true)});
  const longest = Math.max(...validated.map(
      (run) => run.crossval.mean[run.crossval.metric].length));
  const charts = element('div', {class: 'charts'}, raw);
  let control = null;
  if (longest > smoothing.start + 1) {
    let group = null;
    const slider = smoothingSlider(smoothing.factor, () => group.redraw());
    group = collected(() => lineChart({
      title: words + ', smoothed mean from epoch ' + (smoothing.start + 1), xTitle: 'epoch',
      yTitle: words, series: foldSeries(validated, smoothing.start, false),
      factor: slider.factor}));
    control = controls(slider);
    charts.append(group.built);
  }
  return section('Cross-validation', control, charts,
                 element('p', {class: 'quiet'}, 'Thin lines at the left: one per fold.'),
                 ...validated.map((run) => foldTable(run, validated.length > 1)));
}
