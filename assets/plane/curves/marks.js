// What happened during a training, as lines across its curves and labels on the first panel.

import { escaped } from "./plain-text.js";

const FONT = 10; // px
const ROW = 14; // px from one row of labels to the next
const ROWS = 3;
const GAP = 2; // px between a line and its label
const CHARACTER = 0.56; // mean width of a character, of the size of its font

/** A vertical line through each of the panels, at every place where there is a mark. */
export function markLines(marks, nPanels, theme) {
  const places = marks.filter(({ x }, i) => marks.findIndex((mark) => mark.x === x) === i);
  return places.flatMap((mark) => Array.from({ length: nPanels }, (_, i) => line(mark, i, theme)));
}

function line({ x, kind }, i, theme) {
  return {
    type: "line",
    layer: "below",
    xref: `x${i + 1}`, x0: x, x1: x,
    yref: `y${i + 1} domain`, y0: 0, y1: 1,
    opacity: 0.5,
    line: { color: theme.text, width: 1, dash: kind === "best" ? "dot" : "dash" },
  };
}

/**
 * The marks' texts, at the top of the first panel; one that has no place there is read by pointing at its foot.
 * @param {object[]} marks
 * @param {number} width of the panel's plot, in pixels
 * @param {number} end of its x axis, which starts at 0
 * @param {object} theme
 */
export function markLabels(marks, width, end, theme) {
  marks = [...marks].sort((one, other) => (other.kind === "best") - (one.kind === "best"));
  const wanted = marks.map(({ x, text }) => ({ x: (x / end) * width, width: text.length * FONT * CHARACTER + 6 }));
  return placed(wanted, width).map(({ row, side, shift }, i) => ({
    hovertext: escaped(marks[i].text),
    font: { size: FONT },
    showarrow: false,
    borderpad: 1,
    x: marks[i].x, xref: "x",
    yref: "y domain",
    ...(row < 0
      ? { text: "▴", xanchor: "center", y: 0, yanchor: "bottom" }
      : {
          text: escaped(marks[i].text),
          bgcolor: theme.background,
          xanchor: side, xshift: shift,
          y: 1, yanchor: "top", yshift: -row * ROW,
        }),
  }));
}

/**
 * A place for every label, such that none covers another: right of its line, else left of it, else where it fits.
 * @param {{x: number, width: number}[]} wanted where the labels' lines are and how wide their texts
 * @param {number} width of the panel
 * @returns {{row: number, side: string, shift: number}[]} the row, −1 if there is no place, and how far the label's
 *   "left" or "right" end is from its line
 */
export function placed(wanted, width) {
  const taken = Array.from({ length: ROWS }, () => []);
  return wanted.map(({ x, width: own }) => {
    if (GAP + own > width) return { row: -1 };
    const from = x + GAP + own <= width ? x + GAP : Math.max(GAP, x - GAP - own);
    const row = taken.findIndex((row) => row.every((other) => from + own <= other.from || from >= other.to));
    if (row >= 0) taken[row].push({ from, to: from + own });
    return from + own < x ? { row, side: "right", shift: -GAP } : { row, side: "left", shift: from - x };
  });
}
