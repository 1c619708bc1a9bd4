'use strict';

// The colours that style.css defines for the scheme in use.
function themeColor(name) {
  return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
}

function seriesColor(index) { return themeColor('series-' + index % 8); }

// The same colour, see-through: two hexadecimal digits of opacity after #rrggbb.
function faint(color) { return color + '80'; }

// Calls `redraw` whenever the colours change: with the scheme, and for paper, which is light.
function onThemeChange(redraw) {
  const root = document.documentElement;
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  addEventListener('beforeprint', () => {
    root.classList.add('printing');
    for (const details of document.querySelectorAll('details:not([open])')) {
      details.open = true;
      details.dataset.openedForPrint = 'yes';
    }
    redraw();
  });
  addEventListener('afterprint', () => {
    root.classList.remove('printing');
    for (const details of document.querySelectorAll('details[data-opened-for-print]')) {
      details.open = false;
      delete details.dataset.openedForPrint;
    }
    redraw();
  });
}
