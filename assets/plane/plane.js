// The latent plane: a scatter of encoded images with a live decoder under the pointer.

import { channel } from "./channel.js";
import { component } from "./component.js";
import { inPlane } from "./format/payload.js";
import { createControls } from "./input/controls.js";
import { Cursor } from "./input/cursor.js";
import { createBackdrop } from "./layers/backdrop.js";
import { createColourScale } from "./layers/colour-scale.js";
import { createDrawQueue } from "./layers/draw-queue.js";
import { createNotices } from "./layers/notices.js";
import { Overlay } from "./layers/overlay.js";
import { createPointCount } from "./layers/point-count.js";
import { createPresenter } from "./layers/presenter.js";
import { Readout } from "./layers/readout.js";
import { Scatter } from "./layers/scatter.js";
import { SKELETON } from "./layers/skeleton.js";
import { pageTheme } from "./layers/theme.js";
import { isPresented, notePresenting } from "./store/address.js";
import { imageSource } from "./store/images.js";
import { whenReceived } from "./store/payload.js";
import { whenPointsReceived } from "./store/points.js";
import { ViewSettings } from "./store/view-settings.js";

export const mount = component((parent) => {
  const plane = new Plane(parent);
  return { update: (message) => plane.update(message), destroy: () => plane.destroy() };
});

export class Plane {
  constructor(parent) {
    parent.innerHTML = SKELETON;
    const find = (name) => parent.querySelector(`.lp-${name}`);
    [this.instrument, this.root] = [find("instrument"), find("plane")];
    this.payload = null;
    this.theme = null;
    this.drawnState = null; // what the scatter shows, as text
    this.tools = false;
    this.channelName = null;
    this.stops = []; // of listening to the channel
    this.stopWaiting = () => {};
    this.settings = new ViewSettings();
    this.notices = createNotices(find("announcement"), find("notice"));
    this.scatter = new Scatter(find("graph"), {
      moved: () => this.follow(),
      rested: () => this.rest(),
      filtered: () => this.filtered(),
    });
    this.cursor = new Cursor(this.scatter, () => this.readout.showSoon());
    this.overlay = new Overlay(this.root, find("ink"), this.scatter, this.cursor);
    this.backdrop = createBackdrop(find("backdrop"), this.scatter.axes, createColourScale(find("scale")));
    this.count = createPointCount(find("count"), (view) => this.askForView(view));
    this.presenter = createPresenter(this.instrument, find("stage"), (presenting) => this.present(presenting));
    this.readout = new Readout(this.root, find("thumbnail"), this);
    this.controls = createControls(this, find("toolbar"), find("help"));
    this.queue = createDrawQueue((payload) => this.draw(payload).catch((error) => this.fail(error)), this.controls.atRest);
  }

  /** Take over a message of the server. */
  update({ data, setStateValue }) {
    this.sendChoice = (choice) => setStateValue("clicked", choice); // state: an interrupted script run loses triggers
    this.askForView = (view) => setStateValue("view", view);
    this.tools = data.tools;
    this.cursor.limit = data.limit;
    this.instrument.classList.toggle("lp-plain", !data.tools);
    this.connect(data.channel);
    if (this.cursor.pin.receive(data.pin, data.answered)) this.cursor.moving = null;
    this.stopWaiting();
    this.stopWaiting = whenBothReceived(data.payload, data.points, (payload, points) => {
      this.queue.put({ ...inPlane(payload, data.chart), images: imageSource(data.sheets), points });
    });
    this.settings.write();
  }

  connect(name) {
    if (this.channelName === name) return;
    this.channelName = name;
    this.stops.splice(0).forEach((stop) => stop());
    this.channel = this.readout.channel = channel(name);
    const draws = (topic) => this.channel.listen(topic, (value) => this.drawAlso({ [topic]: value }));
    this.stops = [
      ...["input", "path", "trip", "target", "selection"].map(draws),
      this.channel.listen("pins", (pins) => this.keepPins(pins)),
      this.channel.listen("tool", (tool) => this.useTool(tool)),
      this.channel.listen("go", ({ place, pin }) => (pin ? this.pinAt(place) : this.cursor.move(place))),
    ];
  }

  // Drawing

  async draw(payload) {
    this.theme = this.overlay.theme = pageTheme(this.root);
    const state = JSON.stringify([payload.key, payload.points?.key, payload.chart, this.theme]);
    if (this.drawnState === state) return this.readout.show();
    const started = performance.now();
    this.drawnState = state;
    const begins = payload.run !== this.payload?.run;
    const zoom = begins ? this.begin(payload.run) : null;
    this.payload = this.readout.payload = payload;
    this.cursor.hovered = -1;
    await this.scatter.draw(payload, this.theme, this.settings.options, zoom);
    this.root.removeAttribute("aria-busy");
    this.root.dataset.payload = payload.key;
    this.overlay.set({ payload, points: this.scatter.points });
    this.controls.toolbar.fixPositions(Boolean(payload.points));
    this.channel.send("payload", payload);
    this.readout.show();
    this.paintBackdrop();
    this.countPoints();
    if (begins && this.tools && isPresented()) this.presenter.set(true, false);
    await nextFrame();
    const detail = { key: payload.key, milliseconds: performance.now() - started };
    this.root.dispatchEvent(new CustomEvent("latentplane:painted", { bubbles: true, detail }));
  }

  /** Restore the view of another run; returns its ranges, null: all points. */
  begin(run) {
    if (!this.tools) return null;
    const { zoom, hide, pins, complaints } = this.settings.begin(run);
    this.scatter.hide(hide);
    this.channel.send("selection", null);
    this.channel.send("pins", pins);
    this.changeOptions({});
    this.notices.warn(complaints.join(" "));
    return zoom;
  }

  fail(error) {
    console.error(error);
    this.drawnState = null;
    this.scatter.clear();
    this.root.removeAttribute("aria-busy");
    this.scatter.graph.textContent = `The plane cannot be drawn: ${error.message}. Reload the page to try again.`;
  }

  paintBackdrop() {
    const { payload, theme, scatter } = this;
    if (!payload || !scatter.axes.frame()) return;
    const name = this.tools ? this.settings.options.backdrop : "none";
    this.root.dataset.backdrop = name;
    this.backdrop.show({ name, payload, theme, hidden: scatter.hiddenLabels });
  }

  countPoints() {
    if (this.payload) this.count.follow(this.payload.points, this.scatter.heldView());
  }

  drawAlso(changes) {
    this.overlay.set(changes);
    this.readout.drawOverlaySoon();
  }

  /** The view is moving. */
  follow() {
    this.backdrop.follow();
    this.overlay.draw();
    this.countPoints();
  }

  /** The view has come to rest. */
  rest() {
    this.paintBackdrop();
    this.settings.note({ zoom: this.scatter.heldView() });
    this.countPoints();
  }

  /** Other classes are shown. */
  filtered() {
    if (this.settings.options.backdrop === "classes") this.paintBackdrop();
    this.overlay.draw();
    this.settings.note({ hide: [...this.scatter.hiddenLabels] });
  }

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

  pinAt(place) {
    if (!this.payload) return;
    const choice = this.cursor.choose(place);
    this.readout.show();
    this.readout.announce();
    if (choice) this.sendChoice(choice);
  }

  keepPins(pins) {
    this.drawAlso({ pins });
    this.settings.note({ pins });
  }

  useTool(tool) {
    this.root.dataset.tool = tool;
    this.scatter.setTool(tool);
    this.controls.toolbar.show(this.settings.options, tool);
  }

  async changeOptions(changes) {
    this.settings.change(changes);
    const { options } = this.settings;
    this.controls.toolbar.show(options, this.scatter.tool);
    this.channel.send("options", { ...options });
    if ("backdrop" in changes) return this.paintBackdrop();
    if (!Object.keys(changes).length) return;
    await this.scatter.draw(this.payload, this.theme, options);
    this.drawAlso({ points: this.scatter.points });
  }

  destroy() {
    this.readout.cancel();
    this.overlay.cancel();
    this.stopWaiting();
    this.count.stop();
    this.stops.forEach((stop) => stop());
    this.presenter.destroy();
    this.settings.flush();
    this.queue.clear();
    this.scatter.clear();
  }
}

/** Call back when a payload and its points (null if it has none) have arrived; returns how to cancel. */
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
