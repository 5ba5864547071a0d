// The images that were circled on the plane: how many of each class, their pictures, their mean, and files of them.

import { paint } from "../../layers/paint.js";
import { formatZ } from "../../format/numbers.js";
import { SPLITS } from "../../format/names.js";
import { writingCsv } from "../../format/csv.js";
import { labelCounts, meanRow } from "../../math/summary.js";
import { panel } from "../panel.js";
import { inSlices } from "../slices.js";
import { download } from "../../format/download.js";
import { showCounts } from "./counts.js";
import { createGallery } from "./gallery.js";
import { contactSheet, meanPicture } from "./pictures.js";
import { SKELETON } from "./skeleton.js";

const SHEET_MOST = 2500; // pictures of a contact sheet
const PATIENCE = 250; // ms of work before its progress is shown
const NO_PICTURES = "The digits' pictures did not come. Reload the page to try again.";
const NOTHING = "There is no digit inside. Circle some of the dots.";

/** A message: {channel}. Hears `selection` and clears it; a picture signals `go`. */
export const mount = panel((parent) => {
  const selection = new Selection(parent);
  return {
    connect: (channel) => (selection.channel = channel),
    listeners: {
      payload: (payload) => selection.receive(payload),
      selection: (chosen) => selection.choose(chosen?.indices ?? null, chosen?.ids?.length ?? 0),
    },
    destroy: () => selection.stop(),
  };
});

class Selection {
  constructor(parent) {
    parent.innerHTML = SKELETON;
    this.find = (selector) => parent.querySelector(selector);
    [this.empty, this.chosen, this.title, this.said] = [".lp-empty", ".lp-chosen", "h4", ".lp-said"].map(this.find);
    [this.mean, this.centroid] = parent.querySelectorAll(".lp-means figure");
    this.payload = null;
    this.indices = null;
    this.nPoints = 0; // of these images, where they have several
    this.turn = 0; // a newer selection ends the work on an older one
    this.stopCsv = () => {};
    this.gallery = createGallery(this.find(".lp-gallery-page"), {
      choose: (index) => this.go(index),
      turned: (page) => this.showPage(page),
      failed: () => this.say(NO_PICTURES),
    });
    const actions = {
      back: () => this.gallery.turn(-1),
      on: () => this.gallery.turn(1),
      clear: () => this.channel.send("selection", null),
      csv: () => this.saveCsv(),
      sheet: () => this.saveSheet(),
    };
    parent.addEventListener("click", ({ target }) => actions[target.closest("[data-action]")?.dataset.action]?.());
  }

  receive(payload) {
    const before = this.payload;
    this.payload = payload;
    if (!this.indices) return;
    if (!before) this.show();
    else if (before.images !== payload.images || !before.points !== !payload.points) this.channel.send("selection", null); // the indices are those of others
    else this.showCentroid(); // another snapshot of the same images
  }

  choose(indices, nPoints) {
    this.indices = indices;
    this.nPoints = nPoints;
    this.show();
  }

  show() {
    this.stop();
    const { payload, indices, chosen, empty } = this;
    const hadFocus = chosen.contains(document.activeElement);
    empty.hidden = Boolean(indices);
    chosen.hidden = !indices;
    this.say("");
    if (!indices || !payload) return hadFocus && this.find(".lp-selection").focus();
    const n = indices.length;
    this.title.textContent = `${this.ofPoints()}${n.toLocaleString("en")} ${SPLITS[payload.split]} image${n === 1 ? "" : "s"} chosen`;
    for (const part of [...chosen.children].slice(1)) part.hidden = !n; // all but the title and “Clear”
    if (!n) return this.say(NOTHING);
    showCounts(this.find(".lp-counts"), labelCounts(payload.labels, indices), n);
    this.showCentroid();
    this.showMean();
    this.gallery.show(payload, indices);
  }

  /** Which of the points they were chosen by, where the plane does not show all. */
  ofPoints() {
    const { nPoints } = this;
    return nPoints ? `${nPoints.toLocaleString("en")} shown point${nPoints === 1 ? "" : "s"} of ` : "";
  }

  showCentroid() {
    const { payload, indices } = this;
    if (!indices.length) return;
    const [canvas, caption] = this.centroid.children;
    const z = meanRow(payload.mu, payload.latentDim, indices);
    paint(canvas, payload.decodeLatent(z), payload.imageShape);
    caption.lastChild.textContent = formatZ(z);
  }

  async showMean() {
    const { payload, indices, turn } = this;
    const [canvas, , progress] = this.mean.children;
    const started = performance.now();
    progress.hidden = true;
    const show = (part, mean) => {
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

  showPage({ from, to, first, last }) {
    this.find("output").textContent = `${from}–${to} of ${this.indices.length.toLocaleString("en")}`;
    this.find("[data-action=back]").disabled = first;
    this.find("[data-action=on]").disabled = last;
  }

  go(index) {
    const { latentDim: J, mu, toPlane } = this.payload;
    this.channel.signal("go", { place: toPlane(mu.subarray(index * J, (index + 1) * J)), pin: true });
  }

  saveCsv() {
    this.stopCsv();
    this.stopCsv = inSlices(writingCsv(this.payload, this.indices), (parts) => {
      download(new Blob(parts, { type: "text/csv" }), `${this.fileName()}.csv`);
    });
  }

  async saveSheet() {
    const { payload, indices, turn } = this;
    const name = `${this.fileName()}.png`;
    const goesOn = (part) => {
      if (turn === this.turn) this.say(`Making the contact sheet: ${Math.round(100 * part)} %`);
      return turn === this.turn;
    };
    try {
      const canvas = await contactSheet(payload.images, payload.imageShape, indices.slice(0, SHEET_MOST), goesOn);
      if (!canvas) return;
      const blob = await new Promise((resolve) => canvas.toBlob(resolve));
      download(blob, name);
      const rest = indices.length > SHEET_MOST ? `, the first of ${indices.length.toLocaleString("en")}` : "";
      const n = Math.min(indices.length, SHEET_MOST).toLocaleString("en");
      if (turn === this.turn) this.say(`The contact sheet holds ${n} pictures${rest}.`);
    } catch {
      if (turn === this.turn) this.say(NO_PICTURES);
    }
  }

  fileName() {
    const { run, moment, split } = this.payload;
    return [run, moment === "live" ? moment : `epoch-${moment}`, split, "chosen"].join("-");
  }

  say(text) {
    this.said.textContent = text;
  }

  stop() {
    this.turn += 1;
    this.gallery.stop();
    this.stopCsv();
  }
}
