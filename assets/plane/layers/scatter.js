// Scatter of the encoded images: a Plotly graph, updated in place so that zoom and legend survive.

import { classes, nearestPoint, viewRanges } from "../math/geometry.js";
import { shownPoints } from "../math/positions.js";
import { grownView, movesView } from "../math/view.js";
import { Axes } from "./axes.js";
import { loadPlotly } from "./load-plotly.js";
import { layout, traces, visibility } from "./scatter-figure.js";

/**
 * @import { Options, Place, Ranges, SeenPayload, ShownPoints, Theme, Tool } from "../types.js"
 * @import { Classes } from "./scatter-figure.js"
 */

const FINGER = matchMedia("(pointer: coarse)").matches;
const CONFIG = { scrollZoom: true, doubleClick: false, displayModeBar: false, responsive: true };
const PINCH_REST = 500; // ms
/** @type {Record<string, string | false>} */
const DRAG_MODES = { move: FINGER ? false : "pan", zoom: "zoom" }; // the other tools are ours, not Plotly's

/** @type {ShownPoints} */
const NO_POINTS = {
  x: new Float32Array(), y: new Float32Array(), labels: new Uint8Array(), images: null, ids: null,
};

export class Scatter {
  /**
   * @param {HTMLElement} graph
   * @param {{moved: () => void, rested: () => void, filtered: () => void}} on moved: places may have moved on the
   *   screen; rested: the view has come to rest; filtered: the shown classes have changed
   */
  constructor(graph, on) {
    /** @type {any} */
    this.graph = graph; // with Plotly's fields and methods
    this.axes = new Axes(graph);
    this.on = on;
    /** @type {?SeenPayload} */
    this.payload = null;
    /** @type {?Theme} */
    this.theme = null;
    /** @type {?Options} */
    this.options = null;
    /** @type {ShownPoints} */
    this.points = NO_POINTS;
    /** @type {Classes} */
    this.classes = [];
    /** @type {Set<number>} */
    this.hiddenLabels = new Set();
    this.held = false; // whether the view is the user's choice
    /** @type {Tool} */
    this.tool = "move";
    this.viewSetAt = -Infinity; // ms, when `setView` was last called
  }

  /**
   * Draw a payload in place of the last one. Another run or chart starts with a view of its own.
   * @param {SeenPayload} payload
   * @param {Theme} theme
   * @param {Options} options how the points are shown
   * @param {?Ranges} view to begin with; null: all points
   */
  async draw(payload, theme, options, view = null) {
    await loadPlotly();
    if (!this.sameSpace(payload)) this.clear();
    const first = !this.graph.data;
    if (first) this.graph.textContent = "";
    this.payload = payload;
    this.theme = theme;
    this.options = options;
    this.points = shownPoints(payload, options);
    this.classes = classes(this.points, payload.points ? payload : this.points); // homes must not move with the view
    if (first && view) this.held = true;
    await this.react(first ? view ?? this.wholeRanges() : this.ranges());
    if (first) this.listen();
  }

  /** @param {SeenPayload} payload */
  sameSpace({ run, chart }) {
    return run === this.payload?.run && JSON.stringify(chart) === JSON.stringify(this.payload?.chart);
  }

  /** @param {Ranges} ranges */
  react(ranges) {
    const { graph, payload, theme, options } = this;
    if (!payload || !theme || !options) return;
    const data = traces(this.classes, payload.classes, this.points, options, this.hiddenLabels);
    const figure = layout(ranges, payload.chart.titles, theme, this.dragMode(), graph.clientWidth);
    return window.Plotly.react(graph, data, figure, CONFIG);
  }

  clear() {
    window.Plotly?.purge(this.graph);
    this.held = false;
  }

  /** Zoom out to all points. */
  async showAll() {
    this.held = false;
    await this.react(this.wholeRanges());
  }

  /** @param {Ranges} view */
  async setView([xRange, yRange]) {
    this.held = true;
    this.viewSetAt = performance.now();
    await window.Plotly.relayout(this.graph, { "xaxis.range": [...xRange], "yaxis.range": [...yRange] });
  }

  /**
   * Zoom about a place.
   * @param {number} factor above 1: closer
   * @param {Place} place
   */
  zoom(factor, [u, v]) {
    const about = (/** @type {number[]} */ [low, high], /** @type {number} */ centre) => [centre - (centre - low) / factor, centre + (high - centre) / factor];
    const [xRange, yRange] = this.axes.view();
    return this.setView([about(xRange, u), about(yRange, v)]);
  }

  /** @returns {?Ranges} the view if the user chose it; null: it shows all points */
  heldView() {
    return this.held ? this.axes.view() : null;
  }

  /** @param {Tool} tool */
  setTool(tool) {
    this.tool = tool;
    if (this.graph.data) window.Plotly.relayout(this.graph, { dragmode: this.dragMode() });
  }

  /**
   * Hide these classes and show all others.
   * @param {Iterable<number>} labels
   */
  hide(labels) {
    this.hiddenLabels = new Set(labels);
    if (!this.graph.data) return;
    const visible = this.classes.map(({ label }) => visibility(label, this.hiddenLabels));
    window.Plotly.restyle(this.graph, { visible });
  }

  listen() {
    const moved = (/** @type {object} */ changes) => {
      if (movesView(changes)) this.held = true;
      this.on.moved();
    };
    this.graph.on("plotly_relayouting", moved);
    this.graph.on("plotly_relayout", (/** @type {object} */ changes) => {
      moved(changes);
      this.on.rested();
    });
    this.graph.on("plotly_doubleclick", () => {
      if (performance.now() - this.viewSetAt > PINCH_REST) this.showAll(); // Plotly takes a pinch for a double click
    });
    this.graph.on("plotly_afterplot", () => this.on.moved());
    this.graph.on("plotly_restyle", () => {
      const hidden = this.graph.data.filter((/** @type {any} */ trace) => trace.visible === "legendonly");
      this.hiddenLabels = new Set(hidden.map((/** @type {any} */ trace) => Number(trace.name)));
      this.on.filtered();
    });
  }

  /** The ranges to draw: the user's view, or the last one grown to hold all points. */
  ranges() {
    return this.heldView() ?? grownView(this.axes.view(), this.extremes());
  }

  wholeRanges() {
    return viewRanges(this.extremes());
  }

  /** Places that bound all points, including those that the browser has not got. */
  extremes() {
    const points = this.payload?.points;
    return points ? { x: points.extent[0], y: points.extent[1] } : this.points;
  }

  dragMode() {
    return DRAG_MODES[this.tool] ?? false;
  }

  /**
   * Whether a press begins one of Plotly's drags.
   * @param {PointerEvent} event
   */
  drags({ target }) {
    return Boolean(this.graph.layout?.dragmode) && this.graph.contains(target);
  }

  /**
   * Index of the visible point nearest to a place within `radius` px, or -1.
   * @param {Place} place
   * @param {number} radius
   */
  pointNear(place, radius) {
    return nearestPoint(this.points, place, radius / this.axes.scale(), this.hiddenLabels);
  }

  /**
   * @param {number} index
   * @returns {Place}
   */
  placeOfPoint(index) {
    const { x, y } = this.points;
    return [x[index], y[index]];
  }
}
