'use strict';

// Every chart of the page: functions that draw it anew in the colours of the moment.
const redraws = [];

// Exponential moving average, the same as ExponentialMovingAverage of curves.h.
function smoothed(values, factor) {
  let average = null;
  return values.map((value) => {
    if (value === null) return null;
    average = average === null ? value : factor * average + (1 - factor) * value;
    return average;
  });
}

// What a screen reader says instead of the picture.
function describe(title, series) {
  const parts = series.filter((line) => !line.thin).map((line) => {
    const known = line.y.filter((value) => value !== null);
    if (known.length === 0) return line.label + ': no values';
    return line.label + ' from ' + numberText(known[0]) + ' to ' +
        numberText(known[known.length - 1]);
  });
  return 'Line chart of ' + title + '. ' + parts.join('; ') + '.';
}

// Whether a linear axis would flatten most of the curves: all positive, the largest value far above
// the middle one.
function wantsLogarithm(series) {
  const values = series.flatMap((line) => line.y).filter((value) => value !== null);
  values.sort((a, b) => a - b);
  if (values.length < 8 || values[0] <= 0) return false;
  return values[values.length - 1] > 10 * values[values.length >> 1];
}

// A line as Chart.js takes it. `role` is 'raw' for the faint original under a smoothed line.
function dataset(line, y, role) {
  const color = seriesColor(line.color);
  const quiet = role === 'raw' || line.thin;
  return {
    label: line.label,
    role,
    thin: line.thin,
    data: y.map((value, i) => ({x: line.x[i], y: value === null ? NaN : value})),
    borderColor: quiet ? faint(color) : color,
    backgroundColor: color,
    borderWidth: quiet ? 1 : 2,
    borderDash: line.dashed ? [6, 4] : [],
    pointRadius: y.length === 1 ? 3 : 0,
    pointHitRadius: 8,
    tension: 0,
  };
}

function axis(title, options) {
  return {
    type: 'linear',
    title: {display: true, text: title, color: themeColor('quiet')},
    grid: {color: themeColor('line')},
    ticks: {color: themeColor('quiet'), maxRotation: 0, autoSkipPadding: 12, maxTicksLimit: 9},
    ...options,
  };
}

// Epochs or steps: whole numbers, without a tick at an end that is no round number.
function countAxis(title, min, max) {
  const made = axis(title, {min, max});
  Object.assign(made.ticks, {precision: 0, includeBounds: false});
  return made;
}

function valueAxis(title, logarithmic) {
  if (!logarithmic) return axis(title, {});
  const made = axis(title + ' (logarithmic)', {type: 'logarithmic'});
  // 1, 2 and 5 of each power of ten: more would overlap.
  made.ticks.callback = (value) =>
      [1, 2, 5].includes(Number(value.toExponential()[0])) ? Number(value.toPrecision(2)) : '';
  made.ticks.maxTicksLimit = 60;
  return made;
}

// The legend's own labels, with the dashes that Chart.js leaves out beside point styles.
function legendLabels(chart) {
  return Chart.defaults.plugins.legend.labels.generateLabels(chart).map((label) => {
    const line = chart.data.datasets[label.datasetIndex];
    return {...label, lineDash: line.borderDash, lineWidth: line.borderWidth};
  });
}

function chartOptions(chart) {
  const shown = (item, data) => {
    const line = data.datasets[item.datasetIndex];
    return line.role !== 'raw' && !line.thin;
  };
  const lastX = Math.max(...chart.series.map((line) => line.x[line.x.length - 1] || 1));
  const firstX = Math.min(...chart.series.map((line) => line.x[0] || 1));
  return {
    animation: false,
    responsive: true,
    maintainAspectRatio: false,
    interaction: {mode: 'index', intersect: false, axis: 'x'},
    scales: {
      x: countAxis(chart.xTitle, chart.fromZero ? 0 : Math.min(firstX, lastX - 1), lastX),
      y: valueAxis(chart.yTitle, chart.logarithmic ? chart.logarithmic() : false),
    },
    plugins: {
      legend: {
        position: 'bottom',
        labels: {color: themeColor('text'), usePointStyle: true, pointStyle: 'line',
                 pointStyleWidth: 36, boxWidth: 36, filter: shown,
                 generateLabels: legendLabels},
      },
      tooltip: {
        filter: (item) => item.dataset.role !== 'raw' && !item.dataset.thin,
        callbacks: {
          title: (items) => items.length === 0 ? '' : chart.xTitle + ' ' + items[0].parsed.x,
          label: (item) => ' ' + item.dataset.label + ': ' + numberText(item.parsed.y),
        },
      },
    },
  };
}

// A line chart. `chart` is {title, xTitle, yTitle, series, factor}; a series is {label, x, y,
// color, dashed, thin}; `factor` and `logarithmic` are functions that give the settings of the
// moment, no smoothing and a linear axis without them; `fromZero` starts the x axis at 0.
function lineChart(chart) {
  const canvas = element('canvas', {role: 'img',
                                    'aria-label': describe(chart.title, chart.series)});
  let drawn = null;
  redraws.push(() => {
    const factor = chart.factor ? chart.factor() : 0;
    const datasets = [];
    for (const line of chart.series) {
      if (factor > 0 && !line.thin) {
        datasets.push(dataset(line, smoothed(line.y, factor), 'smooth'));
        datasets.push(dataset(line, line.y, 'raw'));
      } else {
        datasets.push(dataset(line, line.y, 'plain'));
      }
    }
    if (drawn) drawn.destroy();
    drawn = new Chart(canvas, {type: 'line', data: {datasets}, options: chartOptions(chart)});
  });
  return element('figure', {class: 'chart'}, element('figcaption', {}, chart.title),
                 element('div', {class: 'canvas'}, canvas));
}

// Points with the diagonal on which a perfect prediction lies; both axes show the same range.
function scatterChart(title, points) {
  const all = points.flat().filter((value) => value !== null);
  const margin = 0.04 * (Math.max(...all) - Math.min(...all)) || 1;
  const low = Math.min(...all) - margin;
  const high = Math.max(...all) + margin;
  const canvas = element('canvas', {
    role: 'img',
    'aria-label': 'Scatter chart of ' + title + ', ' + points.length + ' points.',
  });
  let drawn = null;
  redraws.push(() => {
    const chart = {xTitle: 'target', yTitle: 'predicted', series: [{x: [low, high]}]};
    const options = chartOptions(chart);
    for (const [name, words] of [['x', 'target'], ['y', 'predicted']]) {
      options.scales[name] = axis(words, {min: low, max: high});
      options.scales[name].ticks.includeBounds = false;
    }
    options.interaction = {mode: 'nearest', intersect: true};
    Object.assign(options.plugins.legend.labels, {pointStyle: undefined, pointStyleWidth: 16});
    options.plugins.tooltip.callbacks = {
      label: (item) => ' target ' + numberText(item.parsed.x) + ', predicted ' +
          numberText(item.parsed.y),
    };
    const dots = {type: 'scatter', label: 'test samples', backgroundColor: faint(seriesColor(0)),
                  borderColor: seriesColor(0), pointRadius: 3,
                  data: points.map(([x, y]) => ({x, y}))};
    const diagonal = {type: 'line', label: 'predicted = target', borderColor: themeColor('quiet'),
                      borderDash: [6, 4], borderWidth: 1, pointRadius: 0, pointStyle: 'line',
                      data: [{x: low, y: low}, {x: high, y: high}]};
    if (drawn) drawn.destroy();
    drawn = new Chart(canvas, {type: 'scatter', data: {datasets: [dots, diagonal]}, options});
  });
  return element('figure', {class: 'chart square'}, element('figcaption', {}, title),
                 element('div', {class: 'canvas'}, canvas));
}

// A slider for smoothing; `changed` runs when it moves. Returns {control, factor}.
function smoothingSlider(initial, changed) {
  const input = element('input', {type: 'range', min: '0', max: '0.99', step: '0.01',
                                  value: String(initial)});
  const shown = element('output', {});
  const show = () => {
    shown.textContent = Number(input.value) === 0 ? 'off: raw values'
        : Number(input.value).toFixed(2) + ', raw values faint';
  };
  input.addEventListener('input', () => { show(); changed(); });
  show();
  const label = element('label', {class: 'smoothing'},
                        'Smoothing (exponential moving average)', input, shown);
  return {control: label, factor: () => Number(input.value)};
}

// A box to tick for a logarithmic axis of losses. Returns {control, logarithmic}.
function logarithmBox(initial, changed) {
  const input = element('input', {type: 'checkbox', checked: initial});
  input.addEventListener('input', changed);
  return {control: element('label', {class: 'smoothing'}, input, 'Logarithmic axis for losses'),
          logarithmic: () => input.checked};
}

// The redraw functions that `build` adds, as one: what a slider moves.
function collected(build) {
  const before = redraws.length;
  const built = build();
  const mine = redraws.slice(before);
  return {built, redraw: () => mine.forEach((redraw) => redraw())};
}
