// The film strip: all frames of a film on one canvas, wrapped to the width there is, with a mark at the present one.

import { paintTile } from "../../layers/paint.js";

const GAP = 2; // px of the canvas between frames
const NARROWEST = 40; // CSS px of a frame
const WIDEST = 80;

/**
 * @param {HTMLElement} element filled by this module
 * @param {function(number): void} onChoose called with the number of the frame that the user chose, from 0
 */
export function createStrip(element, onChoose) {
  element.innerHTML = `
    <div class="lp-paths-strip" role="slider" tabindex="0" aria-label="Film strip. Arrow keys go from frame to frame."
         aria-valuemin="1" aria-valuenow="1">
      <canvas></canvas>
      <div class="lp-paths-present"></div>
    </div>`;
  const strip = element.querySelector(".lp-paths-strip");
  const canvas = strip.querySelector("canvas");
  const mark = strip.querySelector(".lp-paths-present");
  let frames = []; // pixels of each, undefined until it is decoded
  let shape = [28, 28];
  let columns = 1;
  let present = 0;

  const rows = () => Math.ceil(frames.length / columns);
  const cell = (i) => [i % columns, Math.floor(i / columns)];

  const paint = (i) => {
    const [column, row] = cell(i);
    const [height, width] = shape;
    paintTile(canvas.getContext("2d"), frames[i], shape, [column * (width + GAP), row * (height + GAP)]);
  };

  const arrange = () => {
    const room = element.clientWidth;
    if (!room || !frames.length) return;
    const most = Math.max(1, Math.floor(room / NARROWEST));
    columns = Math.ceil(frames.length / Math.ceil(frames.length / most)); // rows of about the same length
    const [height, width] = shape;
    canvas.width = columns * (width + GAP) - GAP;
    canvas.height = rows() * (height + GAP) - GAP;
    strip.style.width = `${Math.min(room, columns * WIDEST)}px`;
    frames.forEach((pixels, i) => pixels && paint(i));
    placeMark();
  };

  const placeMark = () => {
    const [column, row] = cell(present);
    const [height, width] = shape;
    const share = (from, size, whole) => `${(100 * (from * (size + GAP))) / whole}%`;
    mark.style.left = share(column, width, canvas.width);
    mark.style.top = share(row, height, canvas.height);
    mark.style.width = `${(100 * width) / canvas.width}%`;
    mark.style.height = `${(100 * height) / canvas.height}%`;
    strip.setAttribute("aria-valuenow", present + 1);
    strip.setAttribute("aria-valuetext", `frame ${present + 1} of ${frames.length}`);
  };

  const frameAt = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    const index = (offset, size, n) => Math.min(n - 1, Math.max(0, Math.floor((offset / size) * n)));
    const column = index(clientX - box.left, box.width, columns);
    return index(clientY - box.top, box.height, rows()) * columns + column;
  };

  const choose = (i) => {
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
    /** Make room for n frames of that shape, [height, width]. */
    begin(n, imageShape) {
      frames = new Array(n).fill(undefined);
      shape = imageShape;
      present = Math.min(present, n - 1);
      strip.setAttribute("aria-valuemax", n);
      arrange();
    },
    /** Frame i: grey values in [0, 1]. */
    paint(i, pixels) {
      frames[i] = pixels;
      paint(i);
    },
    /** Move the mark to frame i. */
    mark(i) {
      if (i === present) return;
      present = i;
      placeMark();
    },
    destroy: () => watched.disconnect(),
  };
}

/** The frame that a key leads to, or null if it is none of the strip's keys. */
export function frameByKey({ key, ctrlKey, metaKey, altKey }, present, n, columns = 1) {
  if (ctrlKey || metaKey || altKey) return null;
  const steps = {
    ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -columns, PageDown: columns,
  };
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  return key in steps ? Math.min(n - 1, Math.max(0, present + steps[key])) : null;
}
