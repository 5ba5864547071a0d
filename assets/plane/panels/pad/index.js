// Input picture: a test digit, a drawing or a picture from outside; encodes it and shows the posterior in numbers.

import { find, findAll } from "../../dom.js";
import { classOf, SPLITS } from "../../format/names.js";
import { formatZ } from "../../format/numbers.js";
import { PictureError, openPicture } from "../../format/picture-file.js";
import { greyValues, paint } from "../../layers/paint.js";
import { mnistFrame } from "../../math/mnist-frame.js";
import { nearestMeans } from "../../math/neighbours.js";
import { panel } from "../panel.js";
import { watchFiles } from "./files.js";
import { showNumbers } from "./numbers.js";
import { posteriorOf } from "./posterior.js";
import { createSheet } from "./sheet.js";
import { SKELETON } from "./skeleton.js";

/**
 * @import { Channel, Picture, SeenPayload } from "../../types.js"
 * @import { Stroke } from "./sheet.js"
 *
 * What is chosen; index: of the test digit; seed: of ε; opened: a picture in place of the drawing; width: of the pen.
 * @typedef {{mode: "digit" | "draw", index: number, seed: number, strokes: Stroke[],
 *   opened: ?{pixels: ?Float32Array, name: string}, width: number}} State
 */

const REST = 500; // ms after a stroke until it is announced where it landed
const NO_ENCODER = "This epoch's snapshot holds only the decoder. Choose the last epoch to encode a drawing.";
/** @type {Map<string, State>} */
const states = new Map(); // by channel

/** A message's data: {channel}. Sends `input`. */
export const mount = panel((parent) => {
  const pad = new Pad(parent);
  return {
    update: ({ data }) => pad.open(data.channel),
    connect: (channel) => (pad.channel = channel),
    listeners: { payload: (payload) => pad.receive(payload) },
    destroy: () => pad.destroy(),
  };
});

class Pad {
  /** @param {HTMLElement} parent filled by this class */
  constructor(parent) {
    parent.innerHTML = SKELETON;
    parent.style.containerType = "inline-size";
    this.root = find(parent, ".lp-pad");
    this.index = find(this.root, "[name=index]", HTMLInputElement);
    this.width = find(this.root, "[name=width]", HTMLInputElement);
    /** @type {Channel | undefined} */
    this.channel = undefined;
    /** @type {?string} */
    this.name = null; // of the channel
    this.state = firstState();
    /** @type {?ReturnType<typeof createSheet>} */
    this.sheet = null; // until a channel is known
    /** @type {?SeenPayload} */
    this.payload = null;
    /** @type {?(() => void)} */
    this.restore = null; // what was cleared
    this.frame = 0; // requested
    this.timer = 0;
    this.stopFiles = watchFiles(this.root, (file) => this.take(file));
    listen(this);
  }

  /** @param {string} name of the channel */
  open(name) {
    if (this.name === name) return;
    this.name = name;
    this.state = states.get(name) ?? firstState();
    states.set(name, this.state);
    this.width.value = String(this.state.width);
    this.sheet = this.createSheet();
    this.showMode();
  }

  createSheet() {
    const canvas = find(this.root, ".lp-sheet", HTMLCanvasElement);
    const eraser = find(this.root, "[value=eraser]", HTMLInputElement);
    const pen = () => ({ width: this.state.width, erases: eraser.checked });
    return createSheet(canvas, this.state.strokes, pen, { stroke: () => this.drawn(), end: () => this.sayLater() });
  }

  /** @param {SeenPayload} payload */
  receive(payload) {
    this.payload = payload;
    const last = payload.labels.length - 1;
    this.index.max = String(last);
    this.state.index = Math.min(this.state.index, last);
    this.update();
  }

  /** @param {State["mode"]} mode */
  choose(mode) {
    clearTimeout(this.timer); // the announcement is obsolete
    this.state.mode = mode;
    this.showMode();
    this.update();
  }

  showMode() {
    for (const name of ["digit", "draw"]) {
      const chosen = this.state.mode === name;
      find(this.root, `[data-action=${name}]`).setAttribute("aria-pressed", String(chosen));
      for (const element of findAll(this.root, `[data-for=${name}]`)) element.hidden = !chosen;
    }
  }

  /** @param {number} index */
  showDigit(index) {
    if (!this.payload) return;
    const n = this.payload.labels.length;
    if (!Number.isInteger(index)) return this.say(`Type a whole number from 0 to ${n - 1}.`);
    this.state.index = ((index % n) + n) % n;
    this.update();
  }

  undo() {
    if (this.restore) {
      this.restore();
      this.restore = null;
    } else if (this.state.opened) this.state.opened = null;
    else this.sheet?.undo();
    this.update();
  }

  clear() {
    const { opened } = this.state;
    const bringBack = this.sheet?.clear();
    this.state.opened = null;
    this.restore = () => {
      bringBack?.();
      this.state.opened = opened;
    };
    this.update();
  }

  /** The drawing has changed; encode it in the next frame. */
  drawn() {
    this.state.opened = null;
    this.restore = null;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.update());
  }

  redrawNoise() {
    this.state.seed += 1;
    this.update();
  }

  /**
   * Show a picture from outside in place of the drawing.
   * @param {File} file
   */
  async take(file) {
    this.say("Reading the picture…");
    try {
      const { ink, shape, framed, name, note } = await openPicture(file);
      this.state.opened = { pixels: framed ? ink : mnistFrame(ink, shape), name };
      this.choose("draw");
      this.say(note);
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      this.say(error.message);
    }
  }

  /**
   * The picture to encode; null: none, or its sheet is still loading.
   * @param {SeenPayload} payload
   * @returns {?Picture}
   */
  picture(payload) {
    const { images, split } = payload;
    const { mode, index, opened } = this.state;
    if (mode === "digit") {
      const bytes = images.bytes(index);
      if (bytes) return { pixels: greyValues(bytes), name: `${SPLITS[split]} image ${index}`, index, label: classOf(payload, index).name };
      images.load(index).then(() => this.update()).catch(() => this.say("The test digits did not come. Reload the page."));
      return null;
    }
    const { sheet } = this;
    const pixels = opened?.pixels ?? (!sheet || sheet.isEmpty ? null : mnistFrame(sheet.ink(), sheet.shape));
    return pixels && { pixels, name: opened?.name ?? "your drawing", index: -1, label: null };
  }

  /** Encode the picture, show it, and send it to the plane. */
  update() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const { payload, root, state: { mode, index, seed } } = this;
    if (!payload) return;
    const started = performance.now();
    this.index.value = String(index);
    const picture = this.picture(payload);
    const posterior = picture && posteriorOf(payload, picture, seed);
    const preview = find(root, ".lp-preview", HTMLCanvasElement);
    if (picture) {
      const canvas = mode === "digit" ? find(root, ".lp-digit", HTMLCanvasElement) : preview;
      paint(canvas, picture.pixels, payload.imageShape);
    }
    find(root, ".lp-hint").hidden = mode === "digit" || Boolean(picture);
    preview.hidden = mode === "digit" || !picture;
    find(root, ".lp-caption").textContent = picture ? caption(picture) : "";
    this.say(picture && !posterior ? NO_ENCODER : "");
    showNumbers(root, posterior);
    this.channel?.send("input", posterior && { ...picture, ...posterior });
    const detail = { milliseconds: performance.now() - started };
    root.dispatchEvent(new CustomEvent("latentplane:encoded", { bubbles: true, detail }));
  }

  /** Announce where the drawing landed. */
  sayLater() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const input = this.channel?.last("input");
      if (!input || !this.payload) return;
      const [{ index }] = nearestMeans(this.payload.mu, input.mu, 1);
      this.say(`It lands at μ = ${formatZ(input.mu)}, beside a ${classOf(this.payload, index).name}.`);
    }, REST);
  }

  /** @param {string} text */
  say(text) {
    find(this.root, ".lp-said").textContent = text;
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.stopFiles();
    this.channel?.send("input", null);
  }
}

/** @returns {State} */
function firstState() {
  return { mode: "digit", index: 0, seed: 1, strokes: [], opened: null, width: 22 };
}

/** @param {Picture} picture */
function caption({ name, label }) {
  return label === null ? name : `${name}, a ${label}`;
}

/**
 * Carry out what the panel's buttons, fields and keys ask for.
 * @param {Pad} pad
 */
function listen(pad) {
  /** @type {Record<string, () => void>} */
  const actions = {
    digit: () => pad.choose("digit"),
    draw: () => pad.choose("draw"),
    before: () => pad.showDigit(pad.state.index - 1),
    next: () => pad.showDigit(pad.state.index + 1),
    another: () => pad.showDigit(Math.floor(Math.random() * (pad.payload?.labels.length ?? 1))),
    undo: () => pad.undo(),
    clear: () => pad.clear(),
    noise: () => pad.redrawNoise(),
  };
  pad.root.addEventListener("click", ({ target }) => {
    const button = /** @type {?HTMLElement} */ (/** @type {Element} */ (target).closest("[data-action]"));
    actions[button?.dataset.action ?? ""]?.();
  });
  pad.index.addEventListener("change", () => pad.showDigit(Number(pad.index.value)));
  pad.width.addEventListener("input", () => (pad.state.width = Number(pad.width.value)));
  pad.root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || pad.state.mode !== "draw") return;
    event.preventDefault();
    pad.undo();
  });
}
