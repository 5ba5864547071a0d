// The scatter of the encoded images: a Plotly graph, updated in place, and what of the plane is in sight.

import { classes, nearestPoint, viewRanges } from "../math/geometry.js";
import { shownPoints } from "../math/positions.js";
import { loadPlotly } from "./load-plotly.js";
import { CLASS_COLOURS } from "./theme.js";
import { grownView, movesView } from "../math/view.js";

const LEGEND = { orientation: "h", x: 0.5, xanchor: "center", yref: "container", y: 0, yanchor: "bottom" };
const LEGEND_ITEMS = { itemsizing: "constant", itemwidth: 30, entrywidthmode: "pixels" };
const FINGER = matchMedia("(pointer: coarse)").matches;
const CONFIG = { scrollZoom: true, doubleClick: false, displayModeBar: false, responsive: true };
const ROOMY = 620; // px; a narrower graph has no room between the entries of its legend
const PINCH_REST = 500; // ms
const DRAG_MODES = { move: FINGER ? false : "pan", zoom: "zoom" }; // with other tools, a press is not plotly's

export class Scatter {
  /**
   * @param {HTMLElement} graph
   * @param {{moved: function(): void, rested: function(): void, filtered: function(): void}} on moved: places may be
   *   elsewhere on the screen; rested: and stay there for now; filtered: other classes are shown
   */
  constructor(graph, on) {
    this.graph = graph;
    this.on = on;
    this.payload = null;
    this.classes = [];
    this.hiddenLabels = new Set();
    this.held = false; // whether the view is the user's choice
    this.tool = "move";
    this.viewSetAt = -Infinity; // when `setView` was last called, ms
  }

  /**
   * Draw a payload in place of the one before; of another run or chart, it gets another view.
   * @param {{positions: string, seed: number, size: number, opacity: number}} options how the points are shown
   * @param {?number[][]} view ranges to begin with; null: all that is there
   */
  async draw(payload, theme, options, view) {
    const Plotly = await loadPlotly();
    if (!this.sameSpace(payload)) this.clear();
    const first = !this.graph.data;
    if (first) this.graph.textContent = "";
    this.payload = payload;
    this.theme = theme;
    this.options = options;
    this.points = shownPoints(payload, options);
    this.classes = classes(this.points, payload.points ? payload : this.points); // other views, the same homes
    if (first && view) this.held = true;
    const ranges = first ? view ?? this.wholeRanges() : this.ranges();
    await Plotly.react(this.graph, this.traces(), this.layout(ranges), CONFIG);
    if (first) this.listen();
  }

  sameSpace({ run, chart }) {
    return run === this.payload?.run && JSON.stringify(chart) === JSON.stringify(this.payload.chart);
  }

  clear() {
    window.Plotly?.purge(this.graph);
    this.held = false;
  }

  /** Bring all that is there into sight again. */
  showAll() {
    this.held = false;
    return this.redraw(this.wholeRanges());
  }

  /** Bring these ranges into sight: [[left, right], [bottom, top]]. */
  async setView([xRange, yRange]) {
    this.held = true;
    this.viewSetAt = performance.now();
    await window.Plotly.relayout(this.graph, { "xaxis.range": [...xRange], "yaxis.range": [...yRange] });
  }

  /** Zoom by a factor (above 1: closer) such that a place stays where it is. */
  zoom(factor, [u, v]) {
    const about = ([low, high], centre) => [centre - (centre - low) / factor, centre + (high - centre) / factor];
    const [xRange, yRange] = this.view();
    return this.setView([about(xRange, u), about(yRange, v)]);
  }

  /** What is in sight: [[left, right], [bottom, top]]. */
  view() {
    const { xaxis, yaxis } = this.graph._fullLayout;
    return [[...xaxis.range], [...yaxis.range]];
  }

  setTool(tool) {
    this.tool = tool;
    if (this.graph.data) window.Plotly.relayout(this.graph, { dragmode: this.dragMode() });
  }

  /** Show all classes but these. */
  hide(labels) {
    this.hiddenLabels = new Set(labels);
    if (!this.graph.data) return;
    window.Plotly.restyle(this.graph, { visible: this.classes.map(({ label }) => this.visibility(label)) });
  }

  redraw(ranges = this.view()) {
    return window.Plotly.react(this.graph, this.traces(), this.layout(ranges), CONFIG);
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
      if (performance.now() - this.viewSetAt > PINCH_REST) this.showAll(); // to plotly, a pinch is a double click
    });
    this.graph.on("plotly_afterplot", () => this.on.moved());
    this.graph.on("plotly_restyle", () => {
      const shown = (trace) => trace.visible !== "legendonly";
      this.hiddenLabels = new Set(this.graph.data.filter((trace) => !shown(trace)).map((trace) => Number(trace.name)));
      this.on.filtered();
    });
  }

  /** What is to be in sight: what the user chose, or else what was there and everything new. */
  ranges() {
    return this.held ? this.view() : grownView(this.view(), this.extremes());
  }

  /** What holds all points. */
  wholeRanges() {
    return viewRanges(this.extremes());
  }

  /** Places between which all points lie, also those that are not here. */
  extremes() {
    const { points } = this.payload;
    return points ? { x: points.extent[0], y: points.extent[1] } : this.points;
  }

  visibility(label) {
    return this.hiddenLabels.has(label) ? "legendonly" : true;
  }

  traces() {
    const { x, y } = this.points;
    const { size, opacity } = this.options;
    return this.classes.map(({ label, indices }) => ({
      type: "scattergl",
      mode: "markers",
      name: String(label),
      visible: this.visibility(label),
      x: Float32Array.from(indices, (i) => x[i]),
      y: Float32Array.from(indices, (i) => y[i]),
      marker: { color: CLASS_COLOURS[label % CLASS_COLOURS.length], size, opacity },
      hoverinfo: "skip",
    }));
  }

  layout([xRange, yRange]) {
    const { theme } = this;
    const [xTitle, yTitle] = this.payload.chart.titles;
    const axis = { gridcolor: theme.border, zerolinecolor: theme.border, zeroline: true };
    return {
      dragmode: this.dragMode(),
      hovermode: false,
      showlegend: true,
      margin: { l: 40, r: 4, t: 4, b: 68 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: theme.font, color: theme.text, size: theme.size },
      legend: { ...LEGEND, ...LEGEND_ITEMS, entrywidth: this.graph.clientWidth > ROOMY ? theme.size : 1 },
      xaxis: { ...axis, range: [...xRange], title: { text: xTitle, standoff: 2 } },
      yaxis: { ...axis, range: [...yRange], title: { text: yTitle, standoff: 2 }, scaleanchor: "x" },
    };
  }

  dragMode() {
    return DRAG_MODES[this.tool] ?? false;
  }

  /** Whether a press there begins a drag of plotly's, with the tool that is chosen. */
  drags({ target }) {
    return Boolean(this.graph.layout?.dragmode) && this.graph.contains(target);
  }

  /** Where the axes enclose the plane, in px from the graph's corner; null before it is drawn. */
  frame() {
    const { xaxis, yaxis } = this.graph._fullLayout ?? {};
    return xaxis ? { left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length } : null;
  }

  /** The place at a pointer event, or null beside the axes. */
  placeAt(event) {
    const frame = this.frame();
    if (!frame) return null;
    const [px, py] = this.offsetOf(event);
    const inside = px >= 0 && py >= 0 && px <= frame.width && py <= frame.height;
    return inside ? this.placeOf([px, py]) : null;
  }

  /** The place at a pointer event; beside the axes, the nearest one in sight. */
  placeTowards(event) {
    const { width, height } = this.frame();
    const [px, py] = this.offsetOf(event);
    return this.placeOf([Math.min(width, Math.max(0, px)), Math.min(height, Math.max(0, py))]);
  }

  placeOf([px, py]) {
    const { xaxis, yaxis } = this.graph._fullLayout;
    return [xaxis.p2d(px), yaxis.p2d(py)];
  }

  /** Where a pointer event is, in px from the corner of the axes. */
  offsetOf({ clientX, clientY }) {
    const { left, top } = this.frame();
    const box = this.graph.getBoundingClientRect();
    return [clientX - box.left - left, clientY - box.top - top];
  }

  /** Where a place is in the graph, in px, in sight or not; null before it is drawn. */
  pixelOf([u, v]) {
    const { xaxis, yaxis } = this.graph._fullLayout ?? {};
    return xaxis ? [xaxis.d2p(u) + xaxis._offset, yaxis.d2p(v) + yaxis._offset] : null;
  }

  /** Where a place is in the graph, in px, or null if it is out of sight. */
  positionOf(place) {
    const pixel = this.pixelOf(place);
    if (!pixel) return null;
    const { left, top, width, height } = this.frame();
    const [px, py] = [pixel[0] - left, pixel[1] - top];
    return px < 0 || py < 0 || px > width || py > height ? null : pixel;
  }

  /** Pixels a unit of the plane; the same along both axes. */
  scale() {
    const { xaxis } = this.graph._fullLayout;
    return xaxis._length / (xaxis.range[1] - xaxis.range[0]);
  }

  /** The visible point within so many px of a place, or -1. */
  pointNear(place, radius) {
    return nearestPoint(this.points, place, radius / this.scale(), this.hiddenLabels);
  }
}
