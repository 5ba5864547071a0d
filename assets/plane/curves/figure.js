// Plotly traces and layout of the training curves.

import { markLabels, markLines } from "./marks.js";
import { escaped, shortened } from "./plain-text.js";
import { smoothed } from "./smoothing.js";

/**
 * @import { Theme } from "../types.js"
 *
 * A curve; `index` counts dimensions and runs, for their colours.
 * @typedef {{name: string, role: "step" | "epoch" | "setting" | "validation" | "dimension" | "run", index: number,
 *   x: number[], y: number[]}} Series
 *
 * A plot; log: whether it has a logarithmic version.
 * @typedef {{title: string, unit: string, log: boolean, series: Series[]}} Panel
 *
 * A vertical line with a label.
 * @typedef {{x: number, text: string, kind: "change" | "best"}} Mark
 *
 * @typedef {{panels: Panel[], marks: Mark[], xTitle: string, palette: string[]}} CurvesMessage palette: colours of dimensions
 *   and runs
 *
 * The reader's settings and the room there is, px.
 * @typedef {{theme: Theme, width: number, legendHeight: number, log: boolean, smoothing: number, touch: boolean}} View
 */

// All in pixels.
const MIN_WIDTH = 250; // of a panel
const HEIGHT = 216; // of a row of panels
const ROOM = { left: 48, right: 12, top: 26, bottom: 40 }; // around a panel's plot, for title and labels
const FONT = 12;

const NAME_LENGTH = 28; // characters
const MAX_MARKERS = 30; // of the longest line; longer ones have no markers
const EQUAL = 1e-9; // relative rounding error of the mean of equal numbers
const AIR = 1.05; // length of the x axis, relative to the curves
const MARGIN = 0.1; // of the epochs' range; steps further beyond it leave the first view

/**
 * @param {CurvesMessage} message
 * @param {View} view
 * @returns {{data: object[], layout: object}} the arguments of Plotly.react
 */
export function figure(message, view) {
  const { panels, marks, palette } = message;
  const lengths = panels.flatMap(({ series }) => series.filter(isEpochs).map(({ x }) => x.length));
  const look = { ...view, marked: Math.max(...lengths) <= MAX_MARKERS };
  const best = marks.find(({ kind }) => kind === "best");
  return {
    data: [...named(panels.flatMap((panel, i) => traces(panel, i, look, palette))), ...star(panels[0], best, view)],
    layout: layout(message, grid(panels.length, view), view),
  };
}

const isEpochs = (/** @type {Series} */ { role }) => role !== "step" && role !== "setting";

/**
 * Rectangles of the plots in px, in as few rows as fit, of equal length.
 * @param {number} n
 * @param {Pick<View, "width" | "legendHeight">} view
 */
export function grid(n, { width, legendHeight }) {
  const rows = Math.ceil(n / Math.max(1, Math.floor(width / MIN_WIDTH)));
  const columns = Math.ceil(n / rows);
  const cellWidth = width / columns;
  return Array.from({ length: n }, (_, i) => {
    const [column, row] = [i % columns, Math.floor(i / columns)];
    return {
      left: column * cellWidth + ROOM.left,
      right: (column + 1) * cellWidth - ROOM.right,
      top: legendHeight + row * HEIGHT + ROOM.top,
      bottom: legendHeight + (row + 1) * HEIGHT - ROOM.bottom,
    };
  });
}

/**
 * @param {Panel} panel
 * @param {number} i
 * @param {View & {marked: boolean}} view
 * @param {string[]} palette
 */
function traces(panel, i, view, palette) {
  return panel.series.flatMap((series) => {
    const trace = {
      ...base(panel, i, series),
      ...style(series, palette, view),
      y: series.y,
    };
    if (series.role !== "step" || !view.smoothing) return [trace];
    const mean = { ...trace, uid: `${trace.uid}_smoothed`, y: smoothed(series.y, view.smoothing), opacity: 0.7 };
    return [{ ...trace, opacity: 0.28, hoverinfo: "skip", hovertemplate: null, beneath: true }, mean];
  });
}

function base({ title, unit }, i, { name, x, role }) {
  return {
    type: "scatter",
    uid: `${i} ${title} ${role} ${name}`.replace(/\W/gu, (character) => `_${character.codePointAt(0)}`),
    legendgroup: name,
    name: escaped(shortened(name, NAME_LENGTH)),
    meta: escaped(name),
    x,
    xaxis: `x${i + 1}`,
    yaxis: `y${i + 1}`,
    hovertemplate: `epoch %{x:.5~r}: %{y:,.5~r} ${escaped(unit)}<extra>%{meta}</extra>`,
  };
}

function style({ role, x, index }, palette, { theme, marked }) {
  const points = { mode: marked || x.length === 1 ? "lines+markers" : "lines", marker: { size: 4 } };
  const own = palette[index % palette.length];
  const dash = ["solid", "dash", "dot"][Math.floor(index / palette.length) % 3];
  return {
    step: { mode: "lines", line: { color: theme.accent, width: 1 }, opacity: 0.45 },
    epoch: { ...points, line: { color: theme.accent, width: 2 } },
    setting: { mode: "lines", line: { color: theme.accent, width: 2 } },
    validation: { ...points, line: { color: theme.text, width: 1.75, dash: "dot" } },
    dimension: { ...points, line: { color: own, width: 1.5, dash } },
    run: { ...points, line: { color: own, width: 2, dash } },
  }[role];
}

/**
 * The traces, of which the first of each name gets a legend entry.
 * @param {any[]} all
 */
function named(all) {
  const seen = new Set();
  return all.map(({ beneath, ...trace }) => {
    const showlegend = !beneath && !seen.has(trace.legendgroup);
    if (showlegend) seen.add(trace.legendgroup);
    return { ...trace, showlegend };
  });
}

/**
 * A star at the best epoch, if the first panel has a validation curve.
 * @param {?Panel} panel
 * @param {Mark | undefined} best
 * @param {View} view
 */
function star(panel, best, { theme }) {
  const line = panel?.series.find(({ role }) => role === "validation");
  const at = best && line ? line.x.indexOf(best.x) : -1;
  if (!panel || !line || !best || at < 0) return [];
  return [
    {
      ...base(panel, 0, { ...line, role: "best", x: [best.x] }),
      mode: "markers",
      y: [line.y[at]],
      marker: { symbol: "star", size: 13, color: theme.accent, line: { color: theme.background, width: 1 } },
      hovertemplate: `${escaped(best.text)}: %{y:,.5~r} ${escaped(panel.unit)}<extra>%{meta}</extra>`,
      cliponaxis: false,
      showlegend: false,
    },
  ];
}

/**
 * @param {CurvesMessage} message
 * @param {ReturnType<typeof grid>} cells
 * @param {View} view
 */
function layout({ panels, marks, xTitle }, cells, { theme, width, legendHeight, log, touch }) {
  const end = AIR * Math.max(...panels.flatMap(({ series }) => series.flatMap(({ x }) => x)));
  const plotWidth = cells[0].right - cells[0].left;
  const height = Math.max(...cells.map(({ bottom }) => bottom)) + ROOM.bottom;
  const plain = "rgba(0,0,0,0)";
  const axis = {
    gridcolor: theme.border,
    zeroline: false,
    automargin: false,
    tickfont: { size: 11 },
    ticklabelstandoff: 3,
    exponentformat: "SI",
    minexponent: 6,
    separatethousands: true,
  };
  const axes = panels.flatMap((panel, i) => {
    const { left, right, top, bottom } = cells[i];
    const type = log && panel.log ? "log" : "linear";
    return [
      [
        `xaxis${i + 1}`,
        {
          ...axis,
          domain: [left / width, right / width],
          anchor: `y${i + 1}`,
          matches: i ? "x" : undefined,
          autorangeoptions: { minallowed: 0, maxallowed: end },
          title: { text: escaped(xTitle), standoff: 4, font: { size: 11 } },
        },
      ],
      [
        `yaxis${i + 1}`,
        {
          ...axis,
          domain: [height - bottom, height - top].map((y) => y / (height - legendHeight)),
          anchor: `x${i + 1}`,
          type,
          nticks: type === "log" ? 3 : 6, // more would number every minor line of a decade
          autorangeoptions: firstRange(panel, type),
          uirevision: type, // a zoom makes no sense on the other scale
        },
      ],
    ];
  });
  return {
    ...Object.fromEntries(axes),
    width,
    height,
    annotations: [...panels.map(heading), ...markLabels(marks, plotWidth, end, theme)],
    shapes: markLines(marks, panels.length, theme),
    uirevision: "the reader's zoom",
    dragmode: touch ? false : "zoom", // a finger scrolls the page
    margin: { l: 0, r: 0, t: legendHeight, b: 0 },
    paper_bgcolor: theme.background, // not transparent: the picture is also downloaded
    plot_bgcolor: plain,
    font: { family: theme.font, color: theme.text, size: FONT },
    legend: {
      orientation: "h", traceorder: "normal", bgcolor: plain, itemwidth: 30,
      x: 0, xref: "container", y: 1, yref: "container", yanchor: "top",
    },
    hoverlabel: { bgcolor: theme.background, bordercolor: theme.border, font: { color: theme.text } },
    modebar: { bgcolor: plain, color: theme.text, activecolor: theme.accent },
  };
}

/**
 * Range of the first view. It leaves out the first steps, which lie far off and would flatten all else.
 * @param {Panel} panel
 * @param {string} type of the axis
 */
function firstRange({ series }, type) {
  const all = series.flatMap(({ y }) => y);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  if (least > 0 && most - least <= EQUAL * most) {
    return type === "log" ? { minallowed: most / 10, maxallowed: 10 * most } : { minallowed: 0, maxallowed: 2 * most };
  }
  const epochs = series.filter(isEpochs).flatMap(({ y }) => y);
  if (epochs.length < 4 || series.every(isEpochs)) return {};
  const [low, high] = [Math.min(...epochs), Math.max(...epochs)];
  const margin = MARGIN * (high - low);
  return { clipmax: high + margin, clipmin: low > margin ? low - margin : undefined };
}

function heading({ title, unit }, i) {
  return {
    text: escaped(unit ? `${title}, ${unit}` : title),
    font: { size: FONT + 1 },
    showarrow: false,
    x: 0, xref: `x${i + 1} domain`, xanchor: "left",
    y: 1, yref: `y${i + 1} domain`, yanchor: "bottom", yshift: 3,
  };
}
