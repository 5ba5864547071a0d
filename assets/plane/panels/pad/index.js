// The picture at the machine's entrance: a test digit, a drawing, or a picture from outside; and what the encoder makes of it.

import { PictureError, openPicture } from "../../format/picture-file.js";
import { greyValues, paint } from "../../layers/paint.js";
import { mnistFrame } from "../../math/mnist-frame.js";
import { nearestMeans } from "../../math/neighbours.js";
import { formatNumber, formatZ } from "../../format/numbers.js";
import { SPLITS } from "../../format/names.js";
import { createSheet } from "./sheet.js";
import { posteriorOf } from "./posterior.js";
import { SKELETON } from "./skeleton.js";
import { panel } from "../panel.js";

const ROWS = 4; // latent dimensions whose numbers are written
const REST = 500; // ms after a stroke until it is said where it landed
const NO_ENCODER = "This epoch's snapshot holds the decoder alone. Choose the last epoch to encode a drawing.";
const states = new Map(); // channel → what is at the entrance there

/** A message: {channel}. Sends `input`. */
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
  constructor(parent) {
    parent.innerHTML = SKELETON;
    parent.style.containerType = "inline-size";
    this.root = parent.querySelector(".lp-pad");
    this.payload = null;
    this.frame = 0;
    this.timer = 0;
    this.find = (selector) => this.root.querySelector(selector);
    this.listen();
  }

  open(name) {
    if (this.name === name) return;
    this.name = name;
    if (!states.has(name)) states.set(name, { mode: "digit", index: 0, seed: 1, strokes: [], opened: null, width: 22 });
    this.state = states.get(name);
    this.find("[name=width]").value = this.state.width;
    const pen = () => ({ width: this.state.width, erases: this.find("[name=pen]:checked").value === "eraser" });
    this.sheet = createSheet(this.find(".lp-sheet"), this.state.strokes, pen, {
      stroke: () => this.drawn(),
      end: () => this.sayLater(),
    });
    this.showMode();
  }

  receive(payload) {
    this.payload = payload;
    this.find("[name=index]").max = payload.labels.length - 1;
    this.state.index = Math.min(this.state.index, payload.labels.length - 1);
    this.update();
  }

  listen() {
    const actions = {
      digit: () => this.choose("digit"),
      draw: () => this.choose("draw"),
      before: () => this.showDigit(this.state.index - 1),
      next: () => this.showDigit(this.state.index + 1),
      another: () => this.showDigit(Math.floor(Math.random() * this.payload.labels.length)),
      undo: () => this.undo(),
      clear: () => this.clear(),
      noise: () => this.redrawNoise(),
    };
    this.root.addEventListener("click", ({ target }) => actions[target.closest("[data-action]")?.dataset.action]?.());
    this.find("[name=index]").addEventListener("change", ({ target }) => this.showDigit(Number(target.value)));
    this.find("[name=width]").addEventListener("input", ({ target }) => (this.state.width = Number(target.value)));
    this.find("[type=file]").addEventListener("change", ({ target }) => {
      if (target.files[0]) this.take(target.files[0]);
      target.value = ""; // the same file may be chosen again
    });
    this.root.addEventListener("dragover", (event) => event.preventDefault());
    this.root.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files[0]) this.take(event.dataTransfer.files[0]);
    });
    this.root.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || this.state.mode !== "draw") return;
      event.preventDefault();
      this.undo();
    });
    this.paste = (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
      if (file && !event.target.closest?.("input[type=text], textarea")) this.take(file);
    };
    document.addEventListener("paste", this.paste);
  }

  choose(mode) {
    clearTimeout(this.timer); // where the drawing landed is no longer of interest
    this.state.mode = mode;
    this.showMode();
    this.update();
  }

  showMode() {
    for (const name of ["digit", "draw"]) {
      const chosen = this.state.mode === name;
      this.find(`[data-action=${name}]`).setAttribute("aria-pressed", String(chosen));
      for (const element of this.root.querySelectorAll(`[data-for=${name}]`)) element.hidden = !chosen;
    }
  }

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
    else this.sheet.undo();
    this.update();
  }

  clear() {
    const { opened } = this.state;
    const bringBack = this.sheet.clear();
    this.state.opened = null;
    this.restore = () => {
      bringBack();
      this.state.opened = opened;
    };
    this.update();
  }

  /** There is more on the sheet; encode it with the next frame. */
  drawn() {
    this.state.opened = null;
    this.restore = null;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.update());
  }

  redrawNoise() {
    this.state.seed += 1;
    this.update();
  }

  /** A picture from outside takes the drawing's place. */
  async take(file) {
    this.say("Reading the picture…");
    try {
      const { ink, shape, framed, name, note } = await openPicture(file);
      const pixels = framed ? ink : mnistFrame(ink, shape);
      this.state.opened = { pixels, name };
      this.choose("draw");
      this.say(note);
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      this.say(error.message);
    }
  }

  /** The picture at the entrance: {pixels, name, index, label}; null: none, or its sheet is still to come. */
  picture() {
    const { mode, index, opened } = this.state;
    if (mode === "digit") {
      const bytes = this.payload.images.bytes(index);
      if (!bytes) this.payload.images.load(index).then(() => this.update()).catch(() => this.say("The test digits did not come. Reload the page."));
      const name = `${SPLITS[this.payload.split]} image ${index}`;
      return bytes && { pixels: greyValues(bytes), name, index, label: this.payload.labels[index] };
    }
    const pixels = opened?.pixels ?? (this.sheet.isEmpty ? null : mnistFrame(this.sheet.ink(), this.sheet.shape));
    return pixels && { pixels, name: opened?.name ?? "your drawing", index: -1, label: null };
  }

  /** Encode what is at the entrance, show it, and tell the plane. */
  update() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.payload) return;
    const started = performance.now();
    const { mode, index, seed } = this.state;
    this.find("[name=index]").value = index;
    const picture = this.picture();
    const posterior = picture && posteriorOf(this.payload, picture, seed);
    const { imageShape } = this.payload;
    if (picture) paint(this.find(mode === "digit" ? ".lp-digit" : ".lp-preview"), picture.pixels, imageShape);
    this.find(".lp-hint").hidden = mode === "digit" || Boolean(picture);
    this.find(".lp-preview").hidden = mode === "digit" || !picture;
    this.find(".lp-caption").textContent = picture ? caption(picture) : "";
    this.say(picture && !posterior ? NO_ENCODER : "");
    this.showNumbers(posterior);
    this.channel.send("input", posterior && { ...picture, ...posterior });
    const detail = { milliseconds: performance.now() - started };
    this.root.dispatchEvent(new CustomEvent("latentplane:encoded", { bubbles: true, detail }));
  }

  showNumbers(posterior) {
    const body = this.find("tbody");
    this.find(".lp-numbers").hidden = !posterior;
    if (!posterior) return body.replaceChildren();
    const { mu, logvar, eps, z } = posterior;
    const rows = Array.from(mu.subarray(0, ROWS), (_, j) => [mu[j], Math.exp(logvar[j] / 2), eps[j], z[j]]);
    while (body.children.length > rows.length) body.lastChild.remove();
    while (body.children.length < rows.length) body.insertRow().innerHTML = "<td></td><td></td><td></td><td></td>";
    rows.forEach((row, j) => row.forEach((value, k) => (body.rows[j].cells[k].textContent = formatNumber(value))));
    this.find(".lp-more").textContent = mu.length > ROWS ? `and ${mu.length - ROWS} dimensions more` : "";
  }

  sayLater() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const input = this.channel?.last("input");
      if (!input) return;
      const [{ index }] = nearestMeans(this.payload.mu, input.mu, 1);
      this.say(`It lands at μ = ${formatZ(input.mu)}, beside a ${this.payload.labels[index]}.`);
    }, REST);
  }

  say(text) {
    this.find(".lp-said").textContent = text;
  }

  destroy() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    document.removeEventListener("paste", this.paste);
    this.channel?.send("input", null);
  }
}

function caption({ name, label }) {
  return label === null ? name : `${name}, a ${label}`;
}
