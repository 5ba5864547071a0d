// The latent plane: the scatter of encoded means, and under the pointer, everywhere, the live decoder.

import { channel } from "./channel.js";
import { component } from "./component.js";
import { nearestPoint } from "./geometry.js";
import { watchGestures } from "./gesture.js";
import { whenReceived } from "./payload.js";
import { formatPlace } from "./picture.js";
import { Scatter } from "./scatter.js";
import { pageTheme } from "./theme.js";
import { createThumbnail } from "./thumbnail.js";

const KEY_STEP = 0.1; // units of z an arrow key moves; ×5 with Shift
const HIT_RADIUS = 6; // px within which the pointer is on a point
const CLICK_SLACK = 4; // px that a pointer may move between press and release of a click
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
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
    this.scatter = new Scatter(parent.querySelector(".lp-graph"), () => this.placeMarks());
    this.atRest = watchGestures(this.root, (event) => this.scatter.drags(event));
    this.names = parent.querySelector(".lp-names");
    this.cursorMark = parent.querySelector(".lp-cursor");
    this.pinMark = parent.querySelector(".lp-pin");
    this.announcement = parent.querySelector(".lp-announcement");
    this.thumbnail = createThumbnail(parent.querySelector(".lp-thumbnail"));
    this.payload = null;
    this.next = null; // the newest payload, until it is drawn
    this.drawing = false;
    this.stopWaiting = () => {};
    this.cursor = null; // the place under the pointer or the keys; null: the pin is shown
    this.keyed = false; // whether the cursor was moved by keys, and so needs a mark
    this.pin = null;
    this.unanswered = []; // pins sent to the server, whose echo is still to come
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
    this.stopWaiting();
    this.stopWaiting = whenReceived(data.payload, (payload) => {
      this.next = payload;
      this.drawNewest();
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
    const theme = pageTheme(this.root);
    const drawn = JSON.stringify([payload.key, theme]);
    if (this.drawn === drawn) return this.show();
    const started = performance.now();
    this.drawn = drawn;
    this.payload = payload;
    await this.scatter.draw(payload, theme);
    this.root.removeAttribute("aria-busy");
    this.root.dataset.payload = payload.key;
    this.show();
    await nextFrame();
    const detail = { key: payload.key, milliseconds: performance.now() - started };
    this.root.dispatchEvent(new CustomEvent("latentplane:painted", { bubbles: true, detail }));
  }

  fail(error) {
    console.error(error);
    this.drawn = null;
    this.scatter.clear();
    this.root.removeAttribute("aria-busy");
    this.scatter.graph.textContent = `The plane cannot be drawn: ${error.message}. Reload the page to try again.`;
  }

  /** Write each class's digit where it is at home, so that colour is not the only cue. */
  nameClasses() {
    const { classes, hiddenLabels } = this.scatter;
    while (this.names.children.length > classes.length) this.names.lastChild.remove();
    while (this.names.children.length < classes.length) this.names.append(document.createElement("span"));
    classes.forEach(({ label, home }, i) => {
      const name = this.names.children[i];
      if (name.textContent !== String(label)) name.textContent = label;
      this.placeMark(name, hiddenLabels.has(label) ? null : home);
    });
  }

  listen() {
    const on = (name, handler) => this.root.addEventListener(name, handler, { capture: true, passive: true });
    on("pointermove", (event) => this.point(event));
    on("pointerdown", (event) => {
      this.pressed = event.button === 0 && !event.target.closest(".modebar") ? [event.clientX, event.clientY] : null;
      if (FINGER) this.point(event);
      const release = (up) => this.release(up);
      window.addEventListener("pointerup", release, { capture: true, once: true }); // plotly covers the page
    });
    on("pointerleave", (event) => event.target === this.root && this.leave());
    this.root.addEventListener("keydown", (event) => this.press(event));
  }

  placeAt(event) {
    return this.scatter.placeAt(event)?.map((value) => this.clamp(value)) ?? null;
  }

  clamp(value) {
    return Math.min(this.limit, Math.max(-this.limit, value));
  }

  point(event) {
    if (!this.payload) return;
    const place = this.placeAt(event);
    if (!place) return this.leave();
    this.cursor = place;
    this.keyed = false; // the pointer itself marks the place
    const index = this.scatter.pointNear(place, HIT_RADIUS);
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
    const index = this.scatter.pointNear(place, HIT_RADIUS);
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
    const pixels = this.payload.decode(z).slice(); // those who hear of it may decode, too
    const milliseconds = performance.now() - started;
    const { payload, pin, cursor } = this;
    this.channel.send({ z, pixels, shape: payload.imageShape, pinned: !cursor && pin !== null, payload });
    this.root.dispatchEvent(new CustomEvent("latentplane:decoded", { bubbles: true, detail: { z, milliseconds } }));
    this.placeMarks();
  }

  placeMarks() {
    this.placeMark(this.pinMark, this.pin);
    this.placeMark(this.cursorMark, this.keyed ? this.cursor : null);
    this.nameClasses();
  }

  /** Put a mark where that place is now, or hide it if there is none or it is out of sight. */
  placeMark(mark, place) {
    const position = place && this.scatter.positionOf(place);
    mark.hidden = !position;
    if (position) mark.style.translate = `${position[0]}px ${position[1]}px`;
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    this.stopWaiting();
    this.next = null;
    this.scatter.clear();
  }
}

function samePlace(a, b) {
  return a === b || (a !== null && b !== null && a[0] === b[0] && a[1] === b[1]);
}

/** Resolves once the browser has painted what was changed until now. */
function nextFrame() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
