// The scatter of encoded means: a Plotly graph, updated in place, and what of it is in sight.

import { classes, nearestPoint, viewRanges } from "./geometry.js";
import { loadPlotly } from "./load-plotly.js";
import { CLASS_COLOURS } from "./theme.js";
import { grownView, movesView } from "./view.js";

const LEGEND = { orientation: "h", x: 0.5, xanchor: "center", yref: "container", y: 0, yanchor: "bottom" };
const LEGEND_ITEMS = { itemsizing: "constant", itemwidth: 30, entrywidth: 1, entrywidthmode: "pixels" };
const FINGER = matchMedia("(pointer: coarse)").matches;

export class Scatter {
  /**
   * @param {HTMLElement} graph
   * @param {function(): void} onMoved called whenever places may be elsewhere on the screen
   */
  constructor(graph, onMoved) {
    this.graph = graph;
    this.onMoved = onMoved;
    this.payload = null;
    this.classes = [];
    this.hiddenLabels = new Set();
    this.held = false; // whether the user has zoomed or panned: then the view is theirs
    this.config = null;
  }

  /** Draw a payload in place of the one before; of another run, it gets another view. */
  async draw(payload, theme) {
    const Plotly = await loadPlotly();
    this.config ??= this.makeConfig(Plotly);
    if (payload.run !== this.payload?.run) this.clear();
    const first = !this.graph.data;
    if (first) this.graph.textContent = "";
    this.payload = payload;
    this.theme = theme;
    this.classes = classes(payload);
    const ranges = first ? viewRanges(payload) : this.ranges();
    await Plotly.react(this.graph, this.traces(), this.layout(ranges), this.config);
    if (first) this.listen();
  }

  clear() {
    window.Plotly?.purge(this.graph);
    this.held = false;
  }

  /** Bring all that is there into sight again. */
  showAll() {
    this.held = false;
    return window.Plotly.react(this.graph, this.traces(), this.layout(viewRanges(this.payload)), this.config);
  }

  makeConfig(Plotly) {
    const home = { name: "showAll", title: "Show all", icon: Plotly.Icons.home, click: () => this.showAll() };
    return {
      scrollZoom: true,
      doubleClick: false,
      displaylogo: false,
      responsive: true,
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "resetScale2d", "sendChartToCloud"],
      modeBarButtonsToAdd: [home],
    };
  }

  listen() {
    const moved = (changes) => {
      if (movesView(changes)) this.held = true;
      this.onMoved();
    };
    this.graph.on("plotly_relayouting", moved);
    this.graph.on("plotly_relayout", moved);
    this.graph.on("plotly_doubleclick", () => this.showAll());
    this.graph.on("plotly_afterplot", this.onMoved);
    this.graph.on("plotly_restyle", () => {
      const shown = (trace) => trace.visible !== "legendonly";
      this.hiddenLabels = new Set(this.graph.data.filter((trace) => !shown(trace)).map((trace) => Number(trace.name)));
      this.onMoved();
    });
  }

  /** What is to be in sight: what the user chose, or else what was there and everything new. */
  ranges() {
    const { xaxis, yaxis } = this.graph._fullLayout;
    const now = [xaxis.range, yaxis.range];
    return this.held ? now : grownView(now, this.payload);
  }

  traces() {
    const { x, y } = this.payload;
    return this.classes.map(({ label, indices }) => ({
      type: "scattergl",
      mode: "markers",
      name: String(label),
      visible: this.hiddenLabels.has(label) ? "legendonly" : true,
      x: Float32Array.from(indices, (i) => x[i]),
      y: Float32Array.from(indices, (i) => y[i]),
      marker: { color: CLASS_COLOURS[label % CLASS_COLOURS.length], size: 4, opacity: 0.7 },
      hoverinfo: "skip",
    }));
  }

  layout([xRange, yRange]) {
    const { theme } = this;
    const axis = { gridcolor: theme.border, zerolinecolor: theme.border, zeroline: true };
    return {
      dragmode: this.graph.layout?.dragmode ?? (FINGER ? false : "pan"), // the tool that the user chose
      hovermode: false,
      showlegend: true,
      margin: { l: 40, r: 4, t: 4, b: 68 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: theme.font, color: theme.text, size: 13 },
      legend: { ...LEGEND, ...LEGEND_ITEMS },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.border, activecolor: theme.accent },
      xaxis: { ...axis, range: [...xRange], title: { text: "z₁", standoff: 2 } },
      yaxis: { ...axis, range: [...yRange], title: { text: "z₂", standoff: 2 }, scaleanchor: "x" },
    };
  }

  /** Whether a press there begins a drag, with the tool that is chosen. */
  drags({ target }) {
    return Boolean(this.graph.layout?.dragmode) && this.graph.contains(target) && !target.closest(".modebar");
  }

  /** The place at a pointer event, or null beside the axes. */
  placeAt({ clientX, clientY }) {
    const { xaxis, yaxis } = this.graph._fullLayout ?? {};
    if (!xaxis) return null;
    const box = this.graph.getBoundingClientRect();
    const px = clientX - box.left - xaxis._offset;
    const py = clientY - box.top - yaxis._offset;
    if (px < 0 || py < 0 || px > xaxis._length || py > yaxis._length) return null;
    return [xaxis.p2d(px), yaxis.p2d(py)];
  }

  /** Where a place is in the graph, in px, or null if it is out of sight. */
  positionOf(place) {
    const { xaxis, yaxis } = this.graph._fullLayout ?? {};
    if (!xaxis) return null;
    const [px, py] = [xaxis.d2p(place[0]), yaxis.d2p(place[1])];
    if (px < 0 || py < 0 || px > xaxis._length || py > yaxis._length) return null;
    return [px + xaxis._offset, py + yaxis._offset];
  }

  /** The visible point within so many px of a place, or -1. */
  pointNear(place, radius) {
    const { xaxis } = this.graph._fullLayout;
    return nearestPoint(this.payload, place, radius * Math.abs(xaxis.p2d(1) - xaxis.p2d(0)), this.hiddenLabels);
  }
}
