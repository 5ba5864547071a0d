// The latent plane: the scatter of encoded means, and under the pointer, everywhere, the live decoder.

import { channel } from "./channel.js";
import { component } from "./component.js";
import { classes, nearestPoint, viewRanges } from "./geometry.js";
import { loadPlotly } from "./load-plotly.js";
import { whenReceived } from "./payload.js";
import { formatPlace } from "./picture.js";
import { CLASS_COLOURS, pageTheme } from "./theme.js";
import { createThumbnail } from "./thumbnail.js";

const KEY_STEP = 0.1; // units of z an arrow key moves; ×5 with Shift
const HIT_RADIUS = 6; // px within which the pointer is on a point
const CLICK_SLACK = 4; // px that a pointer may move between press and release of a click
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const LEGEND_ITEMS = { itemsizing: "constant", itemwidth: 30, entrywidth: 1, entrywidthmode: "pixels" };
const CONFIG = {
  scrollZoom: true,
  displaylogo: false,
  responsive: true,
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "sendChartToCloud"],
};
const FINGER = matchMedia("(pointer: coarse)").matches;

export const mount = component((parent) => {
  const plane = new Plane(parent);
  return { update: (message) => plane.update(message), destroy: () => plane.destroy() };
});

class Plane {
  constructor(parent) {
    parent.innerHTML = `
      <div class="lp-plane" tabindex="0" role="application" aria-busy="true"
           aria-label="Latent plane. Arrow keys move z, Enter pins it, Escape returns to the pin.">
        <div class="lp-graph"></div>
        <div class="lp-names" aria-hidden="true"></div>
        <div class="lp-mark lp-cursor" hidden></div>
        <div class="lp-mark lp-pin" hidden></div>
        <div class="lp-thumbnail" hidden></div>
        <p class="lp-announcement" role="status"></p>
      </div>`;
    this.root = parent.querySelector(".lp-plane");
    this.graph = parent.querySelector(".lp-graph");
    this.names = parent.querySelector(".lp-names");
    this.cursorMark = parent.querySelector(".lp-cursor");
    this.pinMark = parent.querySelector(".lp-pin");
    this.announcement = parent.querySelector(".lp-announcement");
    this.thumbnail = createThumbnail(parent.querySelector(".lp-thumbnail"));
    this.payload = null;
    this.cursor = null; // the place under the pointer or the keys; null: the pin is shown
    this.keyed = false; // whether the cursor was moved by keys, and so needs a mark
    this.pin = null;
    this.unanswered = []; // pins sent to the server, whose echo is still to come
    this.hiddenLabels = new Set();
    this.pressed = null;
    this.frame = 0;
    this.listen();
  }

  /** A message from the server: {channel, payload: key, pin: [z1, z2] | null, limit, sprite: url | null}. */
  update({ data, setTriggerValue }) {
    this.send = (z) => setTriggerValue("clicked", { z });
    this.limit = data.limit;
    this.channel = channel(data.channel);
    this.thumbnail.use(data.sprite);
    this.receivePin(data.pin);
    this.wanted = data.payload;
    whenReceived(data.payload, (payload) => {
      if (payload.key === this.wanted) this.draw(payload).catch((error) => this.fail(error));
    });
  }

  /** Take over a pin that the server chose; an echo of our own must not undo a newer one. */
  receivePin(pin) {
    const echo = this.unanswered.findIndex((sent) => samePlace(sent, pin));
    if (echo >= 0) {
      this.unanswered.splice(0, echo + 1);
    } else if (!samePlace(pin, this.pin) && !this.unanswered.length) {
      this.pin = pin;
      this.cursor = null;
    }
  }

  async draw(payload) {
    const Plotly = await loadPlotly();
    const theme = pageTheme(this.root);
    const drawn = JSON.stringify([payload.key, theme]);
    if (this.drawn !== drawn) {
      this.drawn = drawn;
      if (payload.run !== this.payload?.run) Plotly.purge(this.graph); // another run: another view
      const first = !this.graph.data;
      const ranges = first ? viewRanges(payload) : this.currentRanges();
      this.payload = payload;
      this.classes = classes(payload);
      this.nameClasses();
      await Plotly.react(this.graph, this.traces(), this.layout(theme, ranges), CONFIG);
      if (first) this.listenToGraph();
      this.root.removeAttribute("aria-busy");
      this.root.dataset.payload = payload.key;
    }
    this.show();
  }

  fail(error) {
    console.error(error);
    this.root.removeAttribute("aria-busy");
    this.graph.textContent = `The plane cannot be drawn: ${error.message}. Reload the page to try again.`;
  }

  currentRanges() {
    const { xaxis, yaxis } = this.graph._fullLayout;
    return [xaxis.range, yaxis.range];
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

  /** Write each class's digit where it is at home, so that colour is not the only cue. */
  nameClasses() {
    this.names.replaceChildren(
      ...this.classes.map(({ label }) => {
        const name = document.createElement("span");
        name.textContent = label;
        return name;
      }),
    );
  }

  layout(theme, [xRange, yRange]) {
    const axis = { gridcolor: theme.border, zerolinecolor: theme.border, zeroline: true };
    return {
      dragmode: FINGER ? false : "pan",
      hovermode: false,
      showlegend: true,
      margin: { l: 40, r: 4, t: 4, b: 68 },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: theme.font, color: theme.text, size: 13 },
      legend: { orientation: "h", x: 0.5, xanchor: "center", yref: "container", y: 0, yanchor: "bottom", ...LEGEND_ITEMS },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.border, activecolor: theme.accent },
      xaxis: { ...axis, range: [...xRange], title: { text: "z₁", standoff: 2 } },
      yaxis: { ...axis, range: [...yRange], title: { text: "z₂", standoff: 2 }, scaleanchor: "x" },
    };
  }

  listen() {
    const on = (name, handler) => this.root.addEventListener(name, handler, { capture: true, passive: true });
    on("pointermove", (event) => this.point(event));
    on("pointerdown", (event) => {
      this.pressed = event.button === 0 && !event.target.closest(".modebar") ? [event.clientX, event.clientY] : null;
      if (FINGER) this.point(event);
      window.addEventListener("pointerup", (up) => this.release(up), { capture: true, once: true }); // plotly covers the page
    });
    on("pointerleave", (event) => event.target === this.root && this.leave());
    this.root.addEventListener("keydown", (event) => this.press(event));
  }

  listenToGraph() {
    this.graph.on("plotly_relayouting", () => this.placeMarks());
    this.graph.on("plotly_afterplot", () => this.placeMarks());
    this.graph.on("plotly_restyle", () => {
      const shown = (trace) => trace.visible !== "legendonly";
      this.hiddenLabels = new Set(this.graph.data.filter((trace) => !shown(trace)).map((trace) => Number(trace.name)));
      this.placeMarks();
    });
  }

  /** z at a pointer event, or null beside the axes. */
  placeAt({ clientX, clientY }) {
    const { xaxis, yaxis } = this.graph._fullLayout ?? {};
    if (!xaxis) return null;
    const box = this.graph.getBoundingClientRect();
    const px = clientX - box.left - xaxis._offset;
    const py = clientY - box.top - yaxis._offset;
    if (px < 0 || py < 0 || px > xaxis._length || py > yaxis._length) return null;
    return [xaxis.p2d(px), yaxis.p2d(py)].map((value) => this.clamp(value));
  }

  clamp(value) {
    return Math.min(this.limit, Math.max(-this.limit, value));
  }

  pointNear(place) {
    const { xaxis } = this.graph._fullLayout;
    const radius = HIT_RADIUS * Math.abs(xaxis.p2d(1) - xaxis.p2d(0));
    return nearestPoint(this.payload, place, radius, this.hiddenLabels);
  }

  point(event) {
    if (!this.payload) return;
    const place = this.placeAt(event);
    if (!place) return this.leave();
    this.cursor = place;
    this.keyed = false; // the pointer itself marks the place
    const index = this.pointNear(place);
    this.thumbnail.show(index, this.payload.labels[index], event, this.root);
    this.showSoon();
  }

  leave() {
    this.thumbnail.hide();
    this.cursor = null;
    this.showSoon();
  }

  release(event) {
    const [x, y] = this.pressed ?? [Infinity, Infinity];
    this.pressed = null;
    if (Math.hypot(event.clientX - x, event.clientY - y) > CLICK_SLACK || !this.payload) return;
    const place = this.placeAt(event);
    if (!place) return;
    const index = this.pointNear(place);
    this.pinAt(index < 0 ? place : [this.payload.x[index], this.payload.y[index]]);
  }

  press(event) {
    const arrow = ARROWS[event.key];
    if (!this.payload || event.ctrlKey || event.metaKey || event.altKey) return;
    if (arrow) this.moveBy(arrow.map((part) => part * KEY_STEP * (event.shiftKey ? 5 : 1)));
    else if (event.key === "Enter") this.pinAt(this.cursor ?? this.pin ?? [0, 0]);
    else if (event.key === "Escape") this.leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  moveBy(step) {
    const from = this.cursor ?? this.pin ?? [0, 0];
    this.cursor = from.map((value, axis) => this.clamp(value + step[axis]));
    this.keyed = true;
    this.thumbnail.hide();
    this.show();
    this.announce();
  }

  pinAt(place) {
    const z = place.map((value) => Number(this.clamp(value).toFixed(4)));
    const news = !samePlace(z, this.pin);
    this.pin = z;
    this.cursor = null;
    this.show();
    this.announce();
    if (!news) return; // the server would have nothing to answer
    this.unanswered.push(z);
    this.send(z);
  }

  announce() {
    const index = nearestPoint(this.payload, this.place(), Infinity);
    this.announcement.textContent = `${formatPlace(this.place())}, nearest digit ${this.payload.labels[index]}`;
  }

  place() {
    return this.cursor ?? this.pin ?? [0, 0];
  }

  showSoon() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.show());
  }

  /** Decode the place and tell the pictures; one call a frame at most while the pointer moves. */
  show() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.payload) return;
    const z = this.place();
    const started = performance.now();
    const pixels = this.payload.decode(z);
    const milliseconds = performance.now() - started;
    this.channel.send({ z, pixels, shape: this.payload.imageShape, pinned: !this.cursor && this.pin !== null });
    this.root.dispatchEvent(new CustomEvent("latentplane:decoded", { bubbles: true, detail: { z, milliseconds } }));
    this.placeMarks();
  }

  placeMarks() {
    this.placeMark(this.pinMark, this.pin);
    this.placeMark(this.cursorMark, this.keyed ? this.cursor : null);
    this.classes.forEach(({ label, home }, i) => {
      this.placeMark(this.names.children[i], this.hiddenLabels.has(label) ? null : home);
    });
  }

  /** Put a mark where that place is now, or hide it if there is none or it is out of sight. */
  placeMark(mark, place) {
    const { xaxis, yaxis } = this.graph._fullLayout ?? {};
    if (!place || !xaxis) return void (mark.hidden = true);
    const [px, py] = [xaxis.d2p(place[0]), yaxis.d2p(place[1])];
    mark.hidden = px < 0 || py < 0 || px > xaxis._length || py > yaxis._length;
    mark.style.translate = `${px + xaxis._offset}px ${py + yaxis._offset}px`;
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    window.Plotly?.purge(this.graph);
  }
}

function samePlace(a, b) {
  return a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1]);
}
