'use strict';

(() => {
  const page = JSON.parse(document.getElementById('data').textContent);
  Chart.defaults.font.family = getComputedStyle(document.documentElement).fontFamily;
  const parts = [
    numbersSection(page.runs),
    differenceSection(page),
    epochSection(page.runs),
    crossvalSection(page.runs, page.smoothing),
    predictionSection(page.runs),
    timingSection(page.runs),
    stepSection(page.runs),
    sourceSection(page.runs),
  ];
  document.getElementById('main').append(...parts.filter((part) => part !== null));
  const redrawAll = () => redraws.forEach((redraw) => redraw());
  redrawAll();
  onThemeChange(redrawAll);
})();
