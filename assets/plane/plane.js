// The latent plane: a scatter of encoded images with a live decoder under the pointer.

import { channel } from "./channel.js";
import { component } from "./component.js";
import { find } from "./dom.js";
import { inPlane } from "./format/payload.js";
import { createControls } from "./input/controls.js";
import { Cursor } from "./input/cursor.js";
import { createDrawQueue } from "./layers/draw-queue.js";
import { createNotices } from "./layers/notices.js";
import { Overlay } from "./layers/overlay.js";
import { createPresenter } from "./layers/presenter.js";
import { Readout } from "./layers/readout.js";
import { Scatter } from "./layers/scatter.js";
import { SKELETON } from "./layers/skeleton.js";
import { pageTheme } from "./layers/theme.js";
import { Viewport } from "./layers/viewport.js";
import { isPresented, notePresenting } from "./store/address.js";
import { imageSource } from "./store/images.js";
import { isKept, whenReceived } from "./store/payload.js";
import { whenPointsReceived } from "./store/points.js";
import { ViewSettings } from "./store/view-settings.js";

/**
 * @import { Channel, Drawn, Message, Options, Pin, Place, PlaneData, Points, Payload, SeenPayload, Theme, Tool } from "./types.js"
 */

/** @type {("input" | "path" | "trip" | "target" | "selection")[]} */
const DRAWN_TOPICS = ["input", "path", "trip", "target", "selection"];

export const mount = component((parent) => {
  const plane = new Plane(parent);
  return { update: (message) => plane.update(message), destroy: () => plane.destroy() };
});

export class Plane {
  /** @param {HTMLElement} parent filled by this class */
  constructor(parent) {
    parent.innerHTML = SKELETON;
    const named = (/** @type {string} */ name) => find(parent, `.lp-${name}`);
    const canvas = (/** @type {string} */ name) => find(parent, `.lp-${name}`, HTMLCanvasElement);
    this.instrument = named("instrument");
    this.root = named("plane");
    /** @type {?SeenPayload} */
    this.payload = null;
    /** @type {?Theme} */
    this.theme = null;
    /** @type {?string} */
    this.drawnState = null; // identifies what the scatter shows
    this.tools = false;
    this.send = (/** @type {string} */ _name, /** @type {any} */ _value) => {}; // to the server
    this.channel = channel("");
    /** @type {?string} */
    this.channelName = null;
    /** @type {(() => void)[]} */
    this.stops = []; // listening to the channel
    this.stopWaiting = () => {};
    this.settings = new ViewSettings();
    this.notices = createNotices(named("announcement"), named("notice"));
    this.scatter = new Scatter(named("graph"), {
      moved: () => this.viewport.follow(),
      rested: () => this.viewport.rest(),
      filtered: () => this.viewport.filter(),
    });
    this.cursor = new Cursor(this.scatter, () => this.readout.showSoon());
    this.overlay = new Overlay(this.root, canvas("ink"), this.scatter, this.cursor);
    this.viewport = new Viewport(this, { backdrop: canvas("backdrop"), scale: named("scale"), count: named("count") });
    this.presenter = createPresenter(this.instrument, named("stage"), (presenting) => this.present(presenting));
    this.readout = new Readout(this, named("thumbnail"));
    this.controls = createControls(this, named("toolbar"), find(parent, ".lp-help", HTMLDialogElement));
    this.queue = createDrawQueue((payload) => this.draw(payload).catch((error) => this.fail(error)), this.controls.atRest);
  }

  /**
   * Take over a message of the server.
   * @param {Message<PlaneData>} message
   */
  update({ data, setStateValue }) {
    this.send = setStateValue; // not as triggers, which an interrupted script run would lose
    this.tools = data.tools;
    this.cursor.limit = data.limit;
    this.instrument.classList.toggle("lp-plain", !data.tools);
    this.connect(data.channel);
    if (this.cursor.pin.receive(data.pin, data.answered)) this.cursor.moving = null;
    this.stopWaiting();
    this.stopWaiting = whenBothReceived(data.payload, data.points, (payload, points) => {
      const { limit, classes, nTrain } = data;
      this.queue.put({ ...inPlane(payload, data.chart), images: imageSource(data.sheets), points, limit, classes, nTrain });
    });
    this.settings.write();
  }

  /** @param {string} name of a channel */
  connect(name) {
    if (this.channelName === name) return;
    this.channelName = name;
    this.stops.splice(0).forEach((stop) => stop());
    this.channel = channel(name);
    this.stops = [
      ...DRAWN_TOPICS.map((topic) => this.channel.listen(topic, (value) => this.drawAlso({ [topic]: value }))),
      this.channel.listen("pins", (pins) => this.keepPins(pins)),
      this.channel.listen("tool", (tool) => this.useTool(tool)),
      this.channel.listen("go", ({ place, pin }) => (pin ? this.pinAt(place) : this.cursor.move(place))),
    ];
  }

  // Drawing

  /** @param {SeenPayload} payload */
  async draw(payload) {
    this.theme = this.overlay.theme = pageTheme(this.root);
    const state = JSON.stringify([payload.key, payload.points?.key, payload.chart, this.theme]);
    if (this.drawnState === state) return this.readout.show();
    const started = performance.now();
    this.drawnState = state;
    const begins = payload.run !== this.payload?.run;
    const zoom = begins ? this.begin(payload) : null;
    this.payload = payload;
    this.cursor.hovered = -1;
    await this.scatter.draw(payload, this.theme, this.settings.options, zoom);
    this.root.removeAttribute("aria-busy");
    this.root.dataset.payload = payload.key;
    this.overlay.set({ payload, points: this.scatter.points });
    this.controls.toolbar.fixPositions(Boolean(payload.points));
    this.channel.send("payload", payload);
    this.readout.show();
    this.viewport.paintBackdrop();
    this.viewport.countPoints();
    if (begins && this.tools && isPresented()) this.presenter.set(true, false);
    await nextFrame();
    const detail = { key: payload.key, milliseconds: performance.now() - started };
    this.root.dispatchEvent(new CustomEvent("latentplane:painted", { bubbles: true, detail }));
  }

  /**
   * Restore the view of another run.
   * @param {SeenPayload} payload of that run
   * @returns its ranges; null: all points
   */
  begin({ run, limit }) {
    if (!this.tools) return null;
    const { zoom, hide, pins, complaints } = this.settings.begin(run, limit);
    this.scatter.hide(hide);
    this.channel.send("selection", null);
    this.channel.send("pins", pins);
    this.changeOptions({});
    this.notices.warn(complaints.join(" "));
    return zoom;
  }

  /** @param {Error} error */
  fail(error) {
    console.error(error);
    this.drawnState = null;
    this.scatter.clear();
    this.root.removeAttribute("aria-busy");
    this.scatter.graph.textContent = `The plane cannot be drawn: ${error.message}. Reload the page to try again.`;
  }

  /** @param {Partial<Drawn>} changes what to draw over the points from now on */
  drawAlso(changes) {
    this.overlay.set(changes);
    this.readout.drawOverlaySoon();
  }

  /** @param {boolean} presenting */
  present(presenting) {
    notePresenting(presenting);
    requestAnimationFrame(() => {
      if (!this.payload) return;
      this.drawnState = null; // the type has another size
      window.Plotly.Plots.resize(this.scatter.graph);
      this.draw(this.payload).catch((error) => this.fail(error));
      if (presenting) this.root.focus();
    });
  }

  // State

  /** @param {Place} place */
  pinAt(place) {
    if (!this.payload) return;
    const choice = this.cursor.choose(place);
    this.readout.show();
    this.readout.announce();
    if (choice) this.send("clicked", { ...choice, has: isKept(this.payload.key) ? this.payload.key : null });
  }

  /** @param {Pin[]} pins */
  keepPins(pins) {
    this.drawAlso({ pins });
    this.settings.note({ pins });
  }

  /** @param {Tool} tool */
  useTool(tool) {
    this.root.dataset.tool = tool;
    this.scatter.setTool(tool);
    this.controls.toolbar.show(this.settings.options, tool);
  }

  /** @param {Partial<Options>} changes */
  async changeOptions(changes) {
    this.settings.change(changes);
    const { options } = this.settings;
    this.controls.toolbar.show(options, this.scatter.tool);
    this.channel.send("options", { ...options });
    if ("backdrop" in changes) return this.viewport.paintBackdrop();
    const { payload, theme } = this;
    if (!Object.keys(changes).length || !payload || !theme) return;
    await this.scatter.draw(payload, theme, options);
    this.drawAlso({ points: this.scatter.points });
  }

  destroy() {
    this.readout.cancel();
    this.overlay.cancel();
    this.stopWaiting();
    this.viewport.stop();
    this.stops.forEach((stop) => stop());
    this.presenter.destroy();
    this.settings.flush();
    this.queue.clear();
    this.scatter.clear();
  }
}

/**
 * Call back when a payload and its points (null if it has none) have arrived; returns how to cancel.
 * @param {string} payloadKey
 * @param {?string | undefined} pointsKey
 * @param {(payload: Payload, points: ?Points) => void} callback
 */
function whenBothReceived(payloadKey, pointsKey, callback) {
  let stopPoints = () => {};
  const stopPayload = whenReceived(payloadKey, (payload) => {
    if (!pointsKey) return callback(payload, null);
    stopPoints = whenPointsReceived(pointsKey, (points) => callback(payload, points));
  });
  return () => {
    stopPayload();
    stopPoints();
  };
}

/** Resolves once the browser has painted. */
function nextFrame() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
