// The latent plane: the encoded images, and under the pointer, everywhere, the live decoder.

import { channel } from "./channel.js";
import { component } from "./component.js";
import { isPresented, notePresenting } from "./store/address.js";
import { createAsking } from "./store/point-requests.js";
import { createBackdrop } from "./layers/backdrop.js";
import { giveHands } from "./input/controls.js";
import { createHoverCard } from "./layers/hover-card.js";
import { imageSource } from "./store/images.js";
import { createInk } from "./layers/ink.js";
import { Look } from "./store/view-settings.js";
import { createMarks } from "./layers/markers.js";
import { Pin } from "./store/pin.js";
import { createPresenter } from "./layers/presenter.js";
import { createScale } from "./layers/colour-scale.js";
import { Scatter } from "./layers/scatter.js";
import { pageTheme } from "./layers/theme.js";
import { nearestPoint } from "./math/geometry.js";
import { MAX_PINS } from "./format/link.js";
import { inPlane } from "./format/payload.js";
import { withPin } from "./store/pins.js";
import { formatZ } from "./format/numbers.js";
import { countText } from "./format/points.js";
import { countsIn } from "./math/points.js";
import { imageOf } from "./math/positions.js";
import { whenReceived } from "./store/payload.js";
import { whenPointsReceived } from "./store/points.js";

const HIT_RADIUS = 6; // px within which the pointer is on a point
const SKELETON = `
  <div class="lp-instrument">
    <div class="lp-toolbar" role="toolbar" aria-label="The plane"></div>
    <p class="lp-notice" role="alert" hidden></p>
    <div class="lp-plane" tabindex="0" role="application" aria-busy="true" aria-label="Latent plane. Arrow keys move z, \
Enter pins it, Escape returns to the pin, the question mark shows all keys.">
      <canvas class="lp-backdrop"></canvas>
      <div class="lp-graph"></div>
      <canvas class="lp-ink"></canvas>
      <div class="lp-names" aria-hidden="true"></div>
      <div class="lp-mark lp-cursor" hidden></div>
      <div class="lp-mark lp-pin" hidden></div>
      <div class="lp-scale" hidden></div>
      <div class="lp-thumbnail" hidden></div>
      <p class="lp-announcement" role="status"></p>
    </div>
    <aside class="lp-stage" hidden></aside>
    <p class="lp-count" role="status" hidden></p>
    <dialog class="lp-help" aria-label="Keys"></dialog>
  </div>`;

export const mount = component((parent) => {
  const plane = new Plane(parent);
  return { update: (message) => plane.update(message), destroy: () => plane.destroy() };
});

export class Plane {
  constructor(parent) {
    parent.innerHTML = SKELETON;
    const find = (name) => parent.querySelector(`.lp-${name}`);
    [this.instrument, this.root] = [find("instrument"), find("plane")];
    [this.announcement, this.notice, this.count] = [find("announcement"), find("notice"), find("count")];
    this.look = new Look();
    this.pin = new Pin();
    this.payload = null;
    this.next = null; // the newest payload, until it is drawn
    this.drawing = false;
    this.cursor = null; // the place under the pointer or the keys; null: the pin is shown
    this.keyed = false; // whether the cursor was moved by keys, and so needs a mark
    this.hovered = -1; // index of the point under the pointer
    this.pointer = null; // the pointer's last event
    this.drawn = { pins: [] }; // what the ink shows, by topic
    this.frame = 0; // requested, to show the place
    this.inkFrame = 0; // requested, to draw what is over the points alone
    this.stops = [];
    this.stopWaiting = () => {};
    this.asking = createAsking((view) => this.askForView(view));
    this.scatter = new Scatter(find("graph"), {
      moved: () => this.follow(),
      rested: () => this.rest(),
      filtered: () => this.filtered(),
    });
    this.marks = createMarks(this.root, this.scatter);
    this.ink = createInk(find("ink"), this.scatter);
    this.backdrop = createBackdrop(find("backdrop"), this.scatter, createScale(find("scale")));
    this.card = createHoverCard(find("thumbnail"));
    this.presenter = createPresenter(this.instrument, find("stage"), (presenting) => this.present(presenting));
    const elements = { instrument: this.instrument, root: this.root, toolbar: find("toolbar"), help: find("help") };
    Object.assign(this, giveHands(this, elements));
  }

  /**
   * A message from the server: {channel, payload: key, points: key, if there are more than images, pin: [u, v] | null,
   * answered: id of the choice of a pin that it knows of, limit, sheets, chart: Chart | null, tools: whether there is
   * more to do here than to look and to pin}.
   */
  update({ data, setStateValue }) {
    this.sendToServer = (choice) => setStateValue("clicked", choice); // a trigger would be lost with a run cut off
    this.askForView = (view) => setStateValue("view", view);
    this.limit = data.limit;
    this.tools = data.tools;
    this.instrument.classList.toggle("lp-plain", !data.tools);
    this.connect(data.channel);
    if (this.pin.receive(data.pin, data.answered)) this.cursor = null;
    this.stopWaiting();
    this.stopWaiting = whenBothReceived(data.payload, data.points, (payload, points) => {
      this.next = { ...inPlane(payload, data.chart), images: imageSource(data.sheets), points };
      this.drawNewest();
    });
    this.look.write();
  }

  connect(name) {
    if (this.channelName === name) return;
    this.channelName = name;
    this.stops.splice(0).forEach((stop) => stop());
    this.channel = channel(name);
    const draws = (topic) => this.channel.listen(topic, (value) => this.drawAlso({ [topic]: value }));
    this.stops = [
      ...["input", "path", "trip", "target", "selection"].map(draws),
      this.channel.listen("pins", (pins) => this.keepPins(pins)),
      this.channel.listen("tool", (tool) => this.useTool(tool)),
      this.channel.listen("go", ({ place, pin }) => this.go(place, pin)),
    ];
  }

  // Drawing

  /** Draw what came last, one drawing a frame and none within a drag; what was overtaken meanwhile is left out. */
  async drawNewest() {
    if (this.drawing) return;
    this.drawing = true;
    while (this.next) {
      await this.atRest();
      const payload = this.next;
      this.next = null;
      if (payload) await this.draw(payload).catch((error) => this.fail(error));
    }
    this.drawing = false;
  }

  async draw(payload) {
    this.theme = pageTheme(this.root);
    const state = JSON.stringify([payload.key, payload.points?.key, payload.chart, this.theme]);
    if (this.drawnState === state) return this.show();
    const started = performance.now();
    this.drawnState = state;
    const begins = payload.run !== this.payload?.run;
    const zoom = begins ? this.begin(payload.run) : null;
    this.payload = payload;
    this.hovered = -1;
    await this.scatter.draw(payload, this.theme, this.look.options, zoom);
    this.root.removeAttribute("aria-busy");
    this.root.dataset.payload = payload.key;
    this.drawn = { ...this.drawn, payload, points: this.scatter.points };
    this.toolbar.fixPositions(Boolean(payload.points));
    this.channel.send("payload", payload);
    this.show();
    this.paintBackdrop();
    this.followView();
    if (begins && this.tools && isPresented()) this.presenter.set(true, false);
    await nextFrame();
    const detail = { key: payload.key, milliseconds: performance.now() - started };
    this.root.dispatchEvent(new CustomEvent("latentplane:painted", { bubbles: true, detail }));
  }

  /** Begin with another run; returns the ranges to look at first, or null for all. */
  begin(run) {
    if (!this.tools) return null;
    const { zoom, hide, pins, complaints } = this.look.begin(run);
    this.scatter.hide(hide);
    this.channel.send("selection", null);
    this.channel.send("pins", pins);
    this.changeOptions({});
    this.say(complaints.join(" "));
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
    if (!this.payload || !this.scatter.frame()) return;
    const { payload, theme, scatter: { hiddenLabels: hidden } } = this;
    const name = this.tools ? this.look.options.backdrop : "none";
    this.root.dataset.backdrop = name;
    this.backdrop.show({ name, payload, theme, hidden });
  }

  /** Draw this too, over the points. */
  drawAlso(changes) {
    this.drawn = { ...this.drawn, ...changes };
    if (!this.frame && !this.inkFrame) this.inkFrame = requestAnimationFrame(() => this.drawMarks());
  }

  /** Places are elsewhere on the screen. */
  follow() {
    this.backdrop.follow();
    this.drawMarks();
    this.followView();
  }

  /** The view is where it will be for now. */
  rest() {
    this.paintBackdrop();
    this.look.note({ zoom: this.scatter.held ? this.scatter.view() : null });
    this.followView();
  }

  /** Ask for the points of the view where they are not here, and say what is shown. */
  followView() {
    if (!this.payload) return;
    const { points } = this.payload;
    const view = this.scatter.held ? this.scatter.view() : null;
    const awaited = this.asking.follow(points, view);
    this.count.hidden = !points;
    if (!points) return;
    this.count.textContent = awaited ? "Looking for the points of this view…" : countText(countsIn(points, view));
  }

  /** Other classes are shown. */
  filtered() {
    if (this.look.options.backdrop === "classes") this.paintBackdrop();
    this.drawMarks();
    this.look.note({ hide: [...this.scatter.hiddenLabels] });
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

  // What hands do

  point(event) {
    const place = this.payload && this.scatter.placeAt(event);
    if (!place) return this.leave();
    this.cursor = this.clamped(place);
    this.keyed = false; // the pointer itself marks the place
    this.pointer = event;
    this.hovered = this.scatter.pointNear(place, HIT_RADIUS);
    this.showSoon();
  }

  leave() {
    this.hovered = -1;
    this.cursor = null;
    this.showSoon();
  }

  click(event) {
    const place = this.payload && this.scatter.placeAt(event);
    if (!place) return;
    const index = this.scatter.pointNear(place, HIT_RADIUS);
    const chosen = index < 0 ? place : this.placeOfPoint(index);
    if (event.shiftKey && this.tools) this.keep(chosen);
    else this.pinAt(chosen);
  }

  moveBy(step) {
    if (!this.payload) return;
    this.go(this.place().map((value, axis) => value + step[axis]));
    this.show();
    this.announcePlace();
  }

  /** Show a place as if the pointer were there; `pin`: and pin it. */
  go(place, pin = false) {
    if (pin) return this.pinAt(place);
    this.cursor = this.clamped(place);
    this.keyed = true;
    this.hovered = -1;
    this.showSoon();
  }

  pinAt(place) {
    if (!this.payload) return;
    const choice = this.pin.choose(this.clamped(place).map((value) => Number(value.toFixed(4))));
    this.cursor = null;
    this.hovered = -1;
    this.show();
    this.announcePlace();
    if (choice) this.sendToServer(choice);
  }

  keep(place) {
    if (!this.tools) return;
    const { pins } = this.drawn;
    if (pins.length < MAX_PINS) this.channel.send("pins", withPin(pins, this.clamped(place)));
    else this.say(`There are ${MAX_PINS} pins, which is the most. Remove one first.`);
  }

  keepPins(pins) {
    this.drawAlso({ pins });
    this.look.note({ pins });
  }

  /** Escape: first what is chosen, then what is pointed at, then the presentation. */
  clear() {
    if (this.drawn.selection) this.channel.send("selection", null);
    else if (!this.cursor) this.presenter.set(false);
    this.leave();
  }

  useTool(tool) {
    this.root.dataset.tool = tool;
    this.scatter.setTool(tool);
    this.toolbar.show(this.look.options, tool);
  }

  async changeOptions(changes) {
    this.look.change(changes);
    this.toolbar.show(this.look.options, this.scatter.tool);
    this.channel.send("options", { ...this.look.options });
    if ("backdrop" in changes) return this.paintBackdrop();
    if (!Object.keys(changes).length) return;
    await this.scatter.draw(this.payload, this.theme, this.look.options);
    this.drawAlso({ points: this.scatter.points });
  }

  // What is shown

  place() {
    return this.cursor ?? this.pin.place ?? [0, 0];
  }

  placeOfPoint(index) {
    const { x, y } = this.scatter.points;
    return [x[index], y[index]];
  }

  /** Where the dot of an image is; where it has several, its mean. */
  placeOfImage(index) {
    const { x, y } = this.payload.points ? this.payload : this.scatter.points;
    return [x[index], y[index]];
  }

  clamped(place) {
    return place.map((value) => Math.min(this.limit, Math.max(-this.limit, value)));
  }

  nearestLabel() {
    return this.payload.labels[nearestPoint(this.payload, this.place(), Infinity)];
  }

  announcePlace() {
    this.announce(`z = ${formatZ(this.payload.toLatent(this.place()))}, nearest digit ${this.nearestLabel()}`);
  }

  /** Tell those who hear the page. */
  announce(text) {
    this.announcement.textContent = text;
  }

  /** Tell everybody, until there is something else to say. */
  say(text) {
    this.notice.textContent = text;
    this.notice.hidden = !text;
  }

  showSoon() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.show());
  }

  /** Decode the place and tell the panels; one call a frame at most while the pointer moves. */
  show() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.payload) return;
    const { payload, pin, cursor, hovered } = this;
    const place = this.place();
    const z = payload.toLatent(place);
    const started = performance.now();
    const pixels = payload.decodeLatent(z).slice(); // those who hear of it may decode, too
    const milliseconds = performance.now() - started;
    const shown = { place, z, pixels, pinned: !cursor && pin.place !== null, hovered, payload };
    this.channel.send("shown", shown);
    this.root.dispatchEvent(new CustomEvent("latentplane:decoded", { bubbles: true, detail: { z: place, milliseconds } }));
    if (this.presenter.presenting) this.presenter.show(shown, `nearest digit ${this.nearestLabel()}`);
    if (hovered >= 0) this.card.show(payload, imageOf(this.scatter.points, hovered), this.pointer, this.root);
    else this.card.hide();
    this.drawMarks();
  }

  drawMarks() {
    cancelAnimationFrame(this.inkFrame);
    this.inkFrame = 0;
    this.marks(this.pin.place, this.keyed ? this.cursor : null);
    this.ink({ ...this.drawn, hovered: this.hovered }, this.theme);
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    cancelAnimationFrame(this.inkFrame);
    this.stopWaiting();
    this.asking.stop();
    this.stops.forEach((stop) => stop());
    this.presenter.destroy();
    this.look.flush();
    this.next = null;
    this.scatter.clear();
  }
}

/** Call back with a payload and its points once both are here, null: it has none; returns how to stop the waiting. */
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

/** Resolves once the browser has painted what was changed until now. */
function nextFrame() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
