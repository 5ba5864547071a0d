// Film strip: all frames on one canvas, wrapped to the available width, with a mark at the current one.

import { context2d, find } from "../../dom.js";
import { paintTile } from "../../layers/paint.js";

const GAP = 2; // px of the canvas between frames
const NARROWEST = 40; // CSS px of a frame
const WIDEST = 80;

/**
 * @param {HTMLElement} element filled by this module
 * @param {(frame: number) => void} onChoose called with the frame that the user chose, from 0
 */
export function createStrip(element, onChoose) {
  element.innerHTML = `
    <div class="lp-paths-strip" role="slider" tabindex="0" aria-label="Film strip. Arrow keys go from frame to frame."
         aria-valuemin="1" aria-valuenow="1">
      <canvas></canvas>
      <div class="lp-paths-present"></div>
    </div>`;
  const strip = find(element, ".lp-paths-strip");
  const canvas = find(strip, "canvas", HTMLCanvasElement);
  const mark = find(strip, ".lp-paths-present");
  /** @type {(Float32Array | undefined)[]} */
  let frames = []; // undefined until decoded
  let shape = [28, 28];
  let columns = 1;
  let present = 0;

  const rows = () => Math.ceil(frames.length / columns);
  const cell = (/** @type {number} */ i) => [i % columns, Math.floor(i / columns)];

  const paint = (/** @type {number} */ i, /** @type {Float32Array} */ pixels) => {
    const [column, row] = cell(i);
    const [height, width] = shape;
    paintTile(context2d(canvas), pixels, shape, [column * (width + GAP), row * (height + GAP)]);
  };

  const arrange = () => {
    const room = element.clientWidth;
    if (!room || !frames.length) return;
    const most = Math.max(1, Math.floor(room / NARROWEST));
    columns = Math.ceil(frames.length / Math.ceil(frames.length / most)); // rows of similar length
    const [height, width] = shape;
    canvas.width = columns * (width + GAP) - GAP;
    canvas.height = rows() * (height + GAP) - GAP;
    strip.style.width = `${Math.min(room, columns * WIDEST)}px`;
    frames.forEach((pixels, i) => pixels && paint(i, pixels));
    placeMark();
  };

  const placeMark = () => {
    const [column, row] = cell(present);
    const [height, width] = shape;
    const share = (/** @type {number} */ from, /** @type {number} */ size, /** @type {number} */ whole) => `${(100 * (from * (size + GAP))) / whole}%`;
    mark.style.left = share(column, width, canvas.width);
    mark.style.top = share(row, height, canvas.height);
    mark.style.width = `${(100 * width) / canvas.width}%`;
    mark.style.height = `${(100 * height) / canvas.height}%`;
    strip.setAttribute("aria-valuenow", String(present + 1));
    strip.setAttribute("aria-valuetext", `frame ${present + 1} of ${frames.length}`);
  };

  const frameAt = (/** @type {PointerEvent} */ { clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    const index = (/** @type {number} */ offset, /** @type {number} */ size, /** @type {number} */ n) =>
      Math.min(n - 1, Math.max(0, Math.floor((offset / size) * n)));
    const column = index(clientX - box.left, box.width, columns);
    return index(clientY - box.top, box.height, rows()) * columns + column;
  };

  const choose = (/** @type {number} */ i) => {
    const chosen = Math.min(frames.length - 1, Math.max(0, i));
    if (frames.length) onChoose(chosen);
  };

  strip.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    strip.setPointerCapture(event.pointerId);
    choose(frameAt(event));
  });
  strip.addEventListener("pointermove", (event) => {
    if (!strip.hasPointerCapture(event.pointerId)) return;
    const frame = frameAt(event);
    if (frame !== present) choose(frame);
  });
  strip.addEventListener("keydown", (event) => {
    const next = frameByKey(event, present, frames.length, columns);
    if (next === null) return;
    event.preventDefault();
    choose(next);
  });

  const watched = new ResizeObserver(arrange);
  watched.observe(element);

  return {
    /**
     * Make room for n frames.
     * @param {number} n
     * @param {number[]} imageShape [height, width]
     */
    begin(n, imageShape) {
      frames = new Array(n).fill(undefined);
      shape = imageShape;
      present = Math.min(present, n - 1);
      strip.setAttribute("aria-valuemax", String(n));
      arrange();
    },
    /**
     * @param {number} i frame
     * @param {Float32Array} pixels
     */
    paint(i, pixels) {
      frames[i] = pixels;
      paint(i, pixels);
    },
    /**
     * Move the mark.
     * @param {number} i frame
     */
    mark(i) {
      if (i === present) return;
      present = i;
      placeMark();
    },
    destroy: () => watched.disconnect(),
  };
}

/**
 * The frame that a key leads to; null if it is none of the strip's keys.
 * @param {Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey">} event
 * @param {number} present frame
 * @param {number} n frames
 */
export function frameByKey({ key, ctrlKey, metaKey, altKey }, present, n, columns = 1) {
  if (ctrlKey || metaKey || altKey) return null;
  /** @type {Record<string, number>} */
  const steps = {
    ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -columns, PageDown: columns,
  };
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  return key in steps ? Math.min(n - 1, Math.max(0, present + steps[key])) : null;
}
