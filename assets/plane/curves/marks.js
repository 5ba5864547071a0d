// Marks on training curves: vertical lines, and their labels on the first panel.

import { escaped } from "./plain-text.js";

/**
 * @import { Theme } from "../types.js"
 * @import { Mark } from "./figure.js"
 */

const FONT = 10; // px
const ROW = 14; // px from one row of labels to the next
const ROWS = 3;
const GAP = 2; // px between a line and its label
const CHARACTER = 0.56; // mean width of a character, of the size of its font

/**
 * A line in each panel at every x that has marks.
 * @param {Mark[]} marks
 * @param {number} nPanels
 * @param {Theme} theme
 */
export function markLines(marks, nPanels, theme) {
  const places = marks.filter(({ x }, i) => marks.findIndex((mark) => mark.x === x) === i);
  return places.flatMap((mark) => Array.from({ length: nPanels }, (_, i) => line(mark, i, theme)));
}

/**
 * @param {Mark} mark
 * @param {number} i of the panel
 * @param {Theme} theme
 */
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
 * Labels at the top of the first panel; one without room becomes a hover text at the line's foot.
 * @param {Mark[]} marks
 * @param {number} width of the panel's plot, px
 * @param {number} end of its x axis, which starts at 0
 * @param {Theme} theme
 */
export function markLabels(marks, width, end, theme) {
  const rank = (/** @type {Mark} */ { kind }) => (kind === "best" ? 0 : 1);
  const sorted = [...marks].sort((one, other) => rank(one) - rank(other));
  const wanted = sorted.map(({ x, text }) => ({ x: (x / end) * width, width: text.length * FONT * CHARACTER + 6 }));
  return placed(wanted, width).map(({ row, side, shift }, i) => ({
    hovertext: escaped(sorted[i].text),
    font: { size: FONT },
    showarrow: false,
    borderpad: 1,
    x: sorted[i].x, xref: "x",
    yref: "y domain",
    ...(row < 0
      ? { text: "▴", xanchor: "center", y: 0, yanchor: "bottom" }
      : {
          text: escaped(sorted[i].text),
          bgcolor: theme.background,
          xanchor: side, xshift: shift,
          y: 1, yanchor: "top", yshift: -row * ROW,
        }),
  }));
}

/**
 * Positions of labels that do not overlap: right of the line, else left of it, else wherever there is room.
 * @param {{x: number, width: number}[]} wanted position of each line, width of its label
 * @param {number} width of the panel
 * @returns {{row: number, side?: string, shift?: number}[]} row: −1 if there is no room; shift: of the label's "left" or
 *   "right" end from its line
 */
export function placed(wanted, width) {
  const taken = Array.from({ length: ROWS }, () => /** @type {{from: number, to: number}[]} */ ([]));
  return wanted.map(({ x, width: own }) => {
    if (GAP + own > width) return { row: -1 };
    const from = x + GAP + own <= width ? x + GAP : Math.max(GAP, x - GAP - own);
    const row = taken.findIndex((others) => others.every((other) => from + own <= other.from || from >= other.to));
    if (row >= 0) taken[row].push({ from, to: from + own });
    return from + own < x ? { row, side: "right", shift: -GAP } : { row, side: "left", shift: from - x };
  });
}
