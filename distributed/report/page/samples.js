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

// The words under a sample. A mistake is told by a sign and words, and by its frame.
function sampleCaption(sample) {
  const number = element('div', {class: 'quiet'}, '#' + sample.index);
  if (sample.wrong === undefined) {
    return element('figcaption', {}, element('div', {}, 'target ' + sample.truth),
                   element('div', {}, 'predicted ' + sample.predicted), number);
  }
  const sure = percent(sample.confidence === null ? 0 : sample.confidence);
  const words = sample.wrong
      ? [element('div', {class: 'verdict'}, '✗ wrong: ' + sample.predicted),
         element('div', {}, 'true: ' + sample.truth)]
      : [element('div', {class: 'verdict'}, '✓ ' + sample.predicted)];
  return element('figcaption', {}, ...words, element('div', {}, sure + ' sure'),
      element('div', {class: 'meter', 'aria-hidden': 'true'},
              element('span', {style: 'width: ' + sure.replace(' ', '')})), number);
}

function sampleGrid(samples) {
  const texts = samples.some((sample) => sample.text !== '');
  return element('div', {class: texts ? 'samples texts' : 'samples'}, ...samples.map((sample) =>
      element('figure', {class: sample.wrong ? 'sample wrong' : 'sample'}, samplePicture(sample),
              sample.text === '' ? null
                  : element('blockquote', {tabindex: '0'}, sample.text),
              sampleCaption(sample))));
}

function predictionSection(run, manyRuns) {
  const p = run.predictions;
  if (!p) return null;
  const made = section('Predictions' + (manyRuns ? ' of ' + run.label : ''));
  if (p.count > 0 && p.classes > 0) made.append(...confusionParts(p));
  if (p.classes === 0 && p.points.length > 0) {
    made.append(scatterChart('predictions against targets', p.points));
  }
  if (p.samples.length > 0) {
    made.append(element('h3', {}, 'Samples of the test set'), sampleGrid(p.samples));
  }
  if (p.mistakes.length > 0) {
    made.append(element('h3', {}, p.classes > 0 ? 'Surest mistakes' : 'Largest errors'),
                sampleGrid(p.mistakes));
  }
  return made;
}
