// Scatter of the encoded images: a Plotly graph, updated in place so that zoom and legend survive.

import { classes, nearestPoint, viewRanges } from "../math/geometry.js";
import { shownPoints } from "../math/positions.js";
import { grownView, movesView } from "../math/view.js";
import { Axes } from "./axes.js";
import { loadPlotly } from "./load-plotly.js";
import { layout, traces, visibility } from "./scatter-figure.js";

const FINGER = matchMedia("(pointer: coarse)").matches;
const CONFIG = { scrollZoom: true, doubleClick: false, displayModeBar: false, responsive: true };
const PINCH_REST = 500; // ms
const DRAG_MODES = { move: FINGER ? false : "pan", zoom: "zoom" }; // the other tools are ours, not Plotly's

export class Scatter {
  /**
   * @param {HTMLElement} graph
   * @param {{moved: () => void, rested: () => void, filtered: () => void}} on moved: places may have moved on the
   *   screen; rested: the view has come to rest; filtered: the shown classes have changed
   */
  constructor(graph, on) {
    this.graph = graph;
    this.axes = new Axes(graph);
    this.on = on;
    this.payload = null;
    this.classes = [];
    this.hiddenLabels = new Set();
    this.held = false; // whether the view is the user's choice
    this.tool = "move";
    this.viewSetAt = -Infinity; // ms, when `setView` was last called
  }

  /**
   * Draw a payload in place of the last one. Another run or chart starts with a view of its own.
   * @param {Options} options how the points are shown
   * @param {?Ranges} view to begin with; null: all points
   */
  async draw(payload, theme, options, view = null) {
    const Plotly = await loadPlotly();
    if (!this.sameSpace(payload)) this.clear();
    const first = !this.graph.data;
    if (first) this.graph.textContent = "";
    this.payload = payload;
    this.theme = theme;
    this.options = options;
    this.points = shownPoints(payload, options);
    this.classes = classes(this.points, payload.points ? payload : this.points); // homes must not move with the view
    if (first && view) this.held = true;
    await this.react(Plotly, first ? view ?? this.wholeRanges() : this.ranges());
    if (first) this.listen();
  }

  sameSpace({ run, chart }) {
    return run === this.payload?.run && JSON.stringify(chart) === JSON.stringify(this.payload.chart);
  }

  react(Plotly, ranges) {
    const { graph, payload, theme } = this;
    const data = traces(this.classes, this.points, this.options, this.hiddenLabels);
    return Plotly.react(graph, data, layout(ranges, payload.chart.titles, theme, this.dragMode(), graph.clientWidth), CONFIG);
  }

  clear() {
    window.Plotly?.purge(this.graph);
    this.held = false;
  }

  /** Zoom out to all points. */
  showAll() {
    this.held = false;
    return this.react(window.Plotly, this.wholeRanges());
  }

  async setView([xRange, yRange]) {
    this.held = true;
    this.viewSetAt = performance.now();
    await window.Plotly.relayout(this.graph, { "xaxis.range": [...xRange], "yaxis.range": [...yRange] });
  }

  /** Zoom by a factor (above 1: closer) about a place. */
  zoom(factor, [u, v]) {
    const about = ([low, high], centre) => [centre - (centre - low) / factor, centre + (high - centre) / factor];
    const [xRange, yRange] = this.axes.view();
    return this.setView([about(xRange, u), about(yRange, v)]);
  }

  /** @returns {?Ranges} the view if the user chose it; null: it shows all points */
  heldView() {
    return this.held ? this.axes.view() : null;
  }

  setTool(tool) {
    this.tool = tool;
    if (this.graph.data) window.Plotly.relayout(this.graph, { dragmode: this.dragMode() });
  }

  /** Hide these classes and show all others. */
  hide(labels) {
    this.hiddenLabels = new Set(labels);
    if (!this.graph.data) return;
    const visible = this.classes.map(({ label }) => visibility(label, this.hiddenLabels));
    window.Plotly.restyle(this.graph, { visible });
  }

  listen() {
    const moved = (changes) => {
      if (movesView(changes)) this.held = true;
      this.on.moved();
    };
    this.graph.on("plotly_relayouting", moved);
    this.graph.on("plotly_relayout", (changes) => {
      moved(changes);
      this.on.rested();
    });
    this.graph.on("plotly_doubleclick", () => {
      if (performance.now() - this.viewSetAt > PINCH_REST) this.showAll(); // Plotly takes a pinch for a double click
    });
    this.graph.on("plotly_afterplot", () => this.on.moved());
    this.graph.on("plotly_restyle", () => {
      const hidden = this.graph.data.filter((trace) => trace.visible === "legendonly");
      this.hiddenLabels = new Set(hidden.map((trace) => Number(trace.name)));
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
    const { points } = this.payload;
    return points ? { x: points.extent[0], y: points.extent[1] } : this.points;
  }

  dragMode() {
    return DRAG_MODES[this.tool] ?? false;
  }

  /** Whether a press there begins one of Plotly's drags. */
  drags({ target }) {
    return Boolean(this.graph.layout?.dragmode) && this.graph.contains(target);
  }

  /** Index of the visible point within `radius` px of a place, or -1. */
  pointNear(place, radius) {
    return nearestPoint(this.points, place, radius / this.axes.scale(), this.hiddenLabels);
  }

  placeOfPoint(index) {
    const { x, y } = this.points;
    return [x[index], y[index]];
  }
}
