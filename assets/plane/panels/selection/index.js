// Selected images: class counts, pictures, mean, and exports.

import { find, findAll } from "../../dom.js";
import { writingCsv } from "../../format/csv.js";
import { download, pngOf } from "../../format/download.js";
import { SPLITS } from "../../format/names.js";
import { formatZ } from "../../format/numbers.js";
import { paint } from "../../layers/paint.js";
import { labelCounts, meanRow } from "../../math/summary.js";
import { panel } from "../panel.js";
import { inSlices } from "../slices.js";
import { showCounts } from "./counts.js";
import { createGallery } from "./gallery.js";
import { contactSheet, meanPicture } from "./pictures.js";
import { SKELETON } from "./skeleton.js";

/**
 * @import { Channel, SeenPayload, States } from "../../types.js"
 * @import { Page } from "./gallery.js"
 */

const SHEET_MOST = 2500; // pictures of a contact sheet
const PATIENCE = 250; // ms of work until its progress is shown
const NO_PICTURES = "The digits' pictures did not come. Reload the page to try again.";
const NOTHING = "There is no digit inside. Circle some of the dots.";

/** A message's data: {channel}. Listens to `selection` and clears it; a picture signals `go`. */
export const mount = panel((parent) => {
  const selection = new Selection(parent);
  return {
    connect: (channel) => (selection.channel = channel),
    listeners: {
      payload: (payload) => selection.receive(payload),
      selection: (chosen) => selection.choose(chosen),
    },
    destroy: () => selection.stop(),
  };
});

class Selection {
  /** @param {HTMLElement} parent filled by this class */
  constructor(parent) {
    parent.innerHTML = SKELETON;
    this.parent = parent;
    const named = (/** @type {string} */ name) => find(parent, name);
    this.section = named(".lp-selection");
    this.empty = named(".lp-empty");
    this.chosen = named(".lp-chosen");
    this.title = named("h4");
    this.said = named(".lp-said");
    this.mean = named(".lp-means figure");
    this.centroid = named(".lp-means figure:last-child");
    /** @type {Channel | undefined} */
    this.channel = undefined;
    /** @type {?SeenPayload} */
    this.payload = null;
    /** @type {?Int32Array<ArrayBuffer>} */
    this.indices = null;
    this.nPoints = 0; // that were selected, if images have several
    this.turn = 0; // a newer selection cancels the work on an older one
    this.stopCsv = () => {};
    this.gallery = createGallery(named(".lp-gallery-page"), {
      choose: (index) => this.go(index),
      turned: (page) => this.showPage(page),
      failed: () => this.say(NO_PICTURES),
    });
    /** @type {Record<string, () => void>} */
    const actions = {
      back: () => this.gallery.turn(-1),
      on: () => this.gallery.turn(1),
      clear: () => this.channel?.send("selection", null),
      csv: () => this.saveCsv(),
      sheet: () => this.saveSheet(),
    };
    parent.addEventListener("click", ({ target }) => {
      const button = /** @type {?HTMLElement} */ (/** @type {Element} */ (target).closest("[data-action]"));
      actions[button?.dataset.action ?? ""]?.();
    });
  }

  /** @param {SeenPayload} payload */
  receive(payload) {
    const before = this.payload;
    this.payload = payload;
    if (!this.indices) return;
    if (!before) this.show();
    else if (before.images === payload.images && !before.points === !payload.points) this.showCentroid();
    else this.channel?.send("selection", null); // the indices belong to other images
  }

  /** @param {States["selection"]} selection */
  choose(selection) {
    this.indices = /** @type {?Int32Array<ArrayBuffer>} */ (selection?.indices ?? null);
    this.nPoints = selection?.ids?.length ?? 0;
    this.show();
  }

  show() {
    this.stop();
    const { payload, indices, chosen, empty } = this;
    const hadFocus = chosen.contains(document.activeElement);
    empty.hidden = Boolean(indices);
    chosen.hidden = !indices;
    this.say("");
    if (!indices || !payload) {
      if (hadFocus) this.section.focus();
      return;
    }
    const n = indices.length;
    this.title.textContent = `${this.ofPoints()}${n.toLocaleString("en")} ${SPLITS[payload.split]} image${n === 1 ? "" : "s"} chosen`;
    for (const part of findAll(chosen, ":scope > :not(:first-child)")) part.hidden = !n; // all but the title and “Clear”
    if (!n) return this.say(NOTHING);
    showCounts(find(this.parent, ".lp-counts"), labelCounts(payload.labels, indices), n, payload.classes);
    this.showCentroid();
    this.showMean();
    this.gallery.show(payload, indices);
  }

  /** The number of selected points, if the plane shows a sample of them. */
  ofPoints() {
    const { nPoints } = this;
    return nPoints ? `${nPoints.toLocaleString("en")} shown point${nPoints === 1 ? "" : "s"} of ` : "";
  }

  showCentroid() {
    const { payload, indices } = this;
    if (!payload || !indices?.length) return;
    const z = meanRow(payload.mu, payload.latentDim, indices);
    paint(find(this.centroid, "canvas", HTMLCanvasElement), payload.decodeLatent(z), payload.imageShape);
    find(this.centroid, "span").textContent = formatZ(z);
  }

  async showMean() {
    const { payload, indices, turn } = this;
    if (!payload || !indices) return;
    const canvas = find(this.mean, "canvas", HTMLCanvasElement);
    const progress = find(this.mean, "progress", HTMLProgressElement);
    const started = performance.now();
    progress.hidden = true;
    const show = (/** @type {number} */ part, /** @type {Float32Array} */ mean) => {
      if (turn !== this.turn) return false;
      paint(canvas, mean, payload.imageShape);
      progress.value = part;
      progress.hidden = part === 1 || performance.now() - started < PATIENCE;
      return true;
    };
    try {
      await meanPicture(payload.images, payload.imageShape, indices, show);
    } catch {
      if (turn === this.turn) this.say(NO_PICTURES);
    }
  }

  /** @param {Page} page */
  showPage({ from, to, first, last }) {
    find(this.parent, "output").textContent = `${from}–${to} of ${this.indices?.length.toLocaleString("en")}`;
    find(this.parent, "[data-action=back]", HTMLButtonElement).disabled = first;
    find(this.parent, "[data-action=on]", HTMLButtonElement).disabled = last;
  }

  /** @param {number} index of an image */
  go(index) {
    if (!this.payload) return;
    const { latentDim: J, mu, toPlane } = this.payload;
    this.channel?.signal("go", { place: toPlane(mu.subarray(index * J, (index + 1) * J)), pin: true });
  }

  saveCsv() {
    this.stopCsv();
    const { payload, indices } = this;
    if (!payload || !indices) return;
    this.stopCsv = inSlices(writingCsv(payload, indices), (parts) => {
      download(new Blob(parts, { type: "text/csv" }), `${fileName(payload)}.csv`);
    });
  }

  async saveSheet() {
    const { payload, indices, turn } = this;
    if (!payload || !indices) return;
    const goesOn = (/** @type {number} */ part) => {
      if (turn === this.turn) this.say(`Making the contact sheet: ${Math.round(100 * part)} %`);
      return turn === this.turn;
    };
    try {
      const canvas = await contactSheet(payload.images, payload.imageShape, indices.slice(0, SHEET_MOST), goesOn);
      if (!canvas) return;
      download(await pngOf(canvas), `${fileName(payload)}.png`);
      const rest = indices.length > SHEET_MOST ? `, the first of ${indices.length.toLocaleString("en")}` : "";
      const n = Math.min(indices.length, SHEET_MOST).toLocaleString("en");
      if (turn === this.turn) this.say(`The contact sheet holds ${n} pictures${rest}.`);
    } catch {
      if (turn === this.turn) this.say(NO_PICTURES);
    }
  }

  /** @param {string} text */
  say(text) {
    this.said.textContent = text;
  }

  stop() {
    this.turn += 1;
    this.gallery.stop();
    this.stopCsv();
  }
}

/** @param {SeenPayload} payload */
function fileName({ run, moment, split }) {
  return [run, moment === "live" ? moment : `epoch-${moment}`, split, "chosen"].join("-");
}
