'use strict';

// A picture of at most this many pixels a side is shown in squares, not blurred.
const pixelatedSide = 64;

function samplePicture(sample) {
  if (!sample.image) return null;
  const small = Math.max(sample.width, sample.height) <= pixelatedSide;
  return element('img', {src: sample.image, width: sample.width, height: sample.height,
                         class: small ? 'small' : null,
                         alt: 'test sample ' + sample.index + ', truly ' + sample.truth});
}

// What only a screen reader needs, because a sign shows it.
function spoken(text) { return element('span', {class: 'spoken'}, text); }

function sureness(sample) { return percent(sample.confidence === null ? 0 : sample.confidence); }

// What the network says. A mistake is told by a sign and words, not by colour alone.
function verdict(sample) {
  return element('span', {class: sample.wrong ? 'verdict wrong' : 'verdict'},
                 element('span', {'aria-hidden': 'true'}, sample.wrong ? '✗ ' : '✓ '),
                 spoken(sample.wrong ? 'wrong: ' : 'right: '), sample.predicted);
}

// The words under a sample.
function sampleCaption(sample) {
  const number = element('div', {class: 'quiet'}, 'sample ' + sample.index);
  if (sample.wrong === undefined) {
    return element('figcaption', {}, element('div', {}, 'target ' + sample.truth),
                   element('div', {}, 'predicted ' + sample.predicted), number);
  }
  const sure = sureness(sample);
  return element('figcaption', {}, element('div', {}, verdict(sample)),
      sample.wrong ? element('div', {}, 'true: ' + sample.truth) : null,
      element('div', {}, sure + ' sure'),
      element('div', {class: 'meter', 'aria-hidden': 'true'},
              element('span', {style: 'width: ' + sure.replace(' ', '')})), number);
}

function sampleGrid(samples) {
  const texts = samples.some((sample) => sample.text !== '');
  return element('div', {class: texts ? 'samples texts' : 'samples'}, ...samples.map((sample) =>
      element('figure', {class: sample.wrong ? 'sample wrong' : 'sample'}, samplePicture(sample),
              sample.text === '' ? null
                  : element('blockquote', {tabindex: '0',
                                           'aria-label': 'text of test sample ' + sample.index},
                            sample.text),
              sampleCaption(sample))));
}

// Samples without a picture or a text: numbers, in rows.
function sampleTable(label, samples) {
  const regression = samples[0].wrong === undefined;
  const headings = regression ? ['sample', 'target', 'predicted', 'error']
                              : ['sample', 'predicted', 'true', 'sure'];
  const rows = samples.map((sample) => regression
      ? [String(sample.index), sample.truth, sample.predicted, sample.error]
      : [String(sample.index), element('td', {}, verdict(sample)), sample.truth, sureness(sample)]);
  return table(label, headings, rows, regression ? 1 : 3);
}

function isSeen(sample) { return Boolean(sample.image) || sample.text !== ''; }

function sampleParts(title, samples) {
  if (samples.length === 0) return null;
  return element('div', {}, element('h3', {}, title),
                 samples.some(isSeen) ? sampleGrid(samples) : sampleTable(title, samples));
}

function predictionParts(p) {
  const parts = [];
  if (p.count > 0 && p.classes > 0) parts.push(...confusionParts(p));
  if (p.classes === 0 && p.points.length > 0) {
    parts.push(element('p', {}, 'Each point is one of ' + p.count.toLocaleString('en-US') +
                                ' test samples. On the line a prediction is exact.'),
               scatterChart('predictions against targets', p.points));
  }
  const samples = [
    sampleParts('First samples of the test set', p.samples),
    sampleParts(p.classes > 0 ? 'Surest mistakes' : 'Largest errors', p.mistakes),
  ];
  const pictures = [...p.samples, ...p.mistakes].some(isSeen);
  return [...parts, ...(pictures ? samples : [element('div', {class: 'beside'}, ...samples)])];
}

// Of one run as they are; of several folded, or the page would be too long to find anything.
function predictionSection(runs) {
  const predicted = runs.filter((run) => run.predictions);
  if (predicted.length === 0) return null;
  if (runs.length === 1) return section('Predictions', ...predictionParts(runs[0].predictions));
  return section('Predictions', ...predicted.map((run) =>
      folded('Predictions of ' + run.label, ...predictionParts(run.predictions))));
}
