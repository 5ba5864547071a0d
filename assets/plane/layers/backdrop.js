// The layer under the points: a picture of a field over the part of the plane in sight, painted in slices of time.

import { PAINTERS } from "./painters.js";
import { clearedContext } from "./ink.js";

const FIRST_SLICE = 45; // ms of painting at once: for most backdrops that is all
const SLICE = 12; // ms of painting in each later frame, so that pointing stays fluent

/**
 * @param {HTMLCanvasElement} canvas as large as the graph
 * @param {import("./scatter.js").Scatter} scatter says what is in sight
 * @param {function(?object): void} onScale called with what the colours mean: {title, low, high, colours}, or null
 * @returns {{show: function(object): void, follow: function(): void}} show: paint this scene, {name, payload, theme,
 *   hidden}; follow: put what is painted where it belongs now, such as within a drag
 */
export function createBackdrop(canvas, scatter, onScale) {
  let painted = null; // {image, ranges, smooth, curves}
  let turn = 0; // a newer scene ends the painting of an older one

  const follow = () => {
    const context = clearedContext(canvas);
    const frame = scatter.frame();
    if (!painted || !frame) return;
    context.beginPath();
    context.rect(frame.left, frame.top, frame.width, frame.height);
    context.clip();
    const { image, ranges: [[left, right], [bottom, top]], smooth, trace } = painted;
    if (image) {
      const [x0, y0] = scatter.pixelOf([left, top]);
      const [x1, y1] = scatter.pixelOf([right, bottom]);
      context.imageSmoothingEnabled = smooth;
      context.imageSmoothingQuality = "high";
      context.drawImage(image, x0, y0, x1 - x0, y1 - y0);
    }
    trace?.(context, scatter);
  };

  const show = async (scene) => {
    const mine = ++turn;
    const { name } = scene;
    const started = performance.now();
    const steps = PAINTERS[name]({ ...scene, ranges: scatter.view(), frame: scatter.frame() });
    let first = true;
    let slice = FIRST_SLICE;
    for (let from = performance.now(), step = steps.next(); ; step = steps.next()) {
      if (step.value) {
        painted = step.value;
        follow();
        onScale(painted.scale ?? null);
        const detail = { name, first, done: Boolean(step.done), milliseconds: performance.now() - started };
        canvas.dispatchEvent(new CustomEvent("latentplane:backdrop", { bubbles: true, detail }));
        first = false;
      }
      if (step.done) break;
      if (performance.now() - from < slice) continue;
      slice = SLICE;
      await new Promise(requestAnimationFrame);
      if (mine !== turn) return;
      from = performance.now();
    }
  };

  return { show, follow };
}
