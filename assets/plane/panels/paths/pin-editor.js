// Editing of pins: keep, rename, reorder, remove, undo. The channel holds the pins.

import { find } from "../../dom.js";
import { MAX_PINS } from "../../format/link.js";
import { withPin } from "../../store/pins.js";
import { createPinList } from "./pin-list.js";

/** @import { Channel, Pin, SeenPayload } from "../../types.js" */

export class PinEditor {
  /**
   * @param {HTMLElement} parent with the panel's markup
   * @param {{go: (pin: Pin) => void, say: (text: string) => void}} on
   */
  constructor(parent, on) {
    const button = (/** @type {string} */ name) => find(parent, `[data-do=${name}]`, HTMLButtonElement);
    this.keepButton = button("keep");
    this.clearButton = button("clear");
    this.undoButton = button("undo");
    this.say = on.say;
    /** @type {Channel | undefined} */
    this.channel = undefined;
    /** @type {Pin[]} */
    this.pins = [];
    /** @type {?{before: Pin[], after: Pin[]}} */
    this.removal = null; // the last one, which can be undone
    this.list = createPinList(find(parent, ".lp-paths-pins"), {
      go: (i) => on.go(this.pins[i]),
      rename: (i, name) => this.rename(i, name),
      move: (from, to) => this.move(from, to),
      remove: (i) => this.remove(i),
    });
    this.keepButton.addEventListener("click", () => this.keep());
    this.clearButton.addEventListener("click", () => this.takeAway([], `Removed ${this.pins.length} pins.`));
    this.undoButton.addEventListener("click", () => this.undo());
  }

  /**
   * @param {Pin[]} pins
   * @param {?SeenPayload} payload decodes them
   */
  show(pins, payload) {
    this.pins = pins;
    this.list.show(pins, payload);
    this.keepButton.disabled = !payload || pins.length >= MAX_PINS;
    this.keepButton.title = pins.length >= MAX_PINS ? `There are ${MAX_PINS} pins, which is the most` : "";
    this.clearButton.hidden = !pins.length;
    this.undoButton.hidden = this.removal?.after !== pins;
  }

  /** @param {Pin[]} pins */
  send(pins) {
    this.channel?.send("pins", pins);
  }

  /** Keep the place shown. */
  keep() {
    const shown = this.channel?.last("shown");
    if (!shown) return;
    const rounded = shown.place.map((value) => Number(value.toFixed(4))); // as in the address
    const last = this.pins.at(-1);
    if (last && last.place.every((value, axis) => Math.abs(value - rounded[axis]) < 1e-4)) {
      return this.say(`This place is kept already, as ${last.name}.`);
    }
    this.send(withPin(this.pins, rounded));
    this.say(`Kept as ${this.pins.at(-1)?.name}.`);
  }

  /**
   * @param {number} i
   * @param {?string} name null: the first free one
   */
  rename(i, name) {
    const others = this.pins.filter((_, j) => j !== i);
    const { place } = this.pins[i];
    const renamed = name === null ? withPin(others, place)[others.length] : { place, name };
    this.send(this.pins.with(i, renamed));
  }

  /**
   * @param {number} from
   * @param {number} to
   */
  move(from, to) {
    const pins = this.pins.toSpliced(from, 1).toSpliced(to, 0, this.pins[from]);
    this.send(pins);
    this.list.focus(to, to < from ? "up" : "down");
    this.say(`${pins[to].name} is number ${to + 1} of ${pins.length}.`);
  }

  /** @param {number} i */
  remove(i) {
    this.takeAway(this.pins.toSpliced(i, 1), `Removed ${this.pins[i].name}.`);
    if (this.pins.length) this.list.focus(Math.min(i, this.pins.length - 1), "remove");
  }

  /**
   * @param {Pin[]} after the pins that stay
   * @param {string} text
   */
  takeAway(after, text) {
    this.removal = { before: this.pins, after };
    this.send(after);
    if (!after.length) this.undoButton.focus(); // the button with the focus is gone
    this.say(text);
  }

  undo() {
    if (!this.removal) return;
    const { before } = this.removal;
    this.removal = null;
    this.send(before);
    this.keepButton.focus();
    this.say("");
  }
}
