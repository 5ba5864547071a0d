// Plotly traces and layout of the scatter.

/**
 * @import { ImageClass, Options, Ranges, Theme } from "../types.js"
 * @import { classes as classesOf } from "../math/geometry.js"
 *
 * @typedef {ReturnType<typeof classesOf>} Classes
 */

const LEGEND = { orientation: "h", x: 0.5, xanchor: "center", yref: "container", y: 0, yanchor: "bottom" };
const LEGEND_ITEMS = { itemsizing: "constant", itemwidth: 30, entrywidthmode: "pixels" };
const ROOMY = 620; // px; a narrower graph has no room between the entries of its legend

/**
 * Plotly's word for a class that is shown or hidden.
 * @param {number} label
 * @param {Set<number>} hidden
 */
export function visibility(label, hidden) {
  return hidden.has(label) ? "legendonly" : true;
}

/**
 * One trace for each class.
 * @param {Classes} classes
 * @param {ImageClass[]} imageClasses by label
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>}} points
 * @param {Pick<Options, "size" | "opacity">} options
 * @param {Set<number>} hidden labels
 */
export function traces(classes, imageClasses, { x, y }, { size, opacity }, hidden) {
  return classes.map(({ label, indices }) => ({
    type: "scattergl",
    mode: "markers",
    name: imageClasses[label].name,
    visible: visibility(label, hidden),
    x: Float32Array.from(indices, (i) => x[i]),
    y: Float32Array.from(indices, (i) => y[i]),
    marker: { color: imageClasses[label].colour, size, opacity },
    hoverinfo: "skip",
  }));
}

/**
 * @param {Ranges} ranges in view
 * @param {string[]} titles of the axes
 * @param {Theme} theme
 * @param {string | false} dragmode
 * @param {number} width of the graph, px
 */
export function layout([xRange, yRange], [xTitle, yTitle], theme, dragmode, width) {
  const axis = { gridcolor: theme.border, zerolinecolor: theme.border, zeroline: true };
  return {
    dragmode,
    hovermode: false,
    showlegend: true,
    margin: { l: 40, r: 4, t: 4, b: 68 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, color: theme.text, size: theme.size },
    legend: { ...LEGEND, ...LEGEND_ITEMS, entrywidth: width > ROOMY ? theme.size : 1 },
    xaxis: { ...axis, range: [...xRange], title: { text: xTitle, standoff: 2 } },
    yaxis: { ...axis, range: [...yRange], title: { text: yTitle, standoff: 2 }, scaleanchor: "x" },
  };
}
