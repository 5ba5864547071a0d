// The layer under the points: a picture of a field over the view, painted in slices of time.

import { PAINTERS } from "./painters.js";
import { clearedContext } from "./pen.js";

/**
 * @import { Axes } from "./axes.js"
 * @import { ColourScale, Painted, Scene } from "./painters.js"
 */

const FIRST_SLICE = 45; // ms of painting at once, which suffices for most backdrops
const SLICE = 12; // ms of painting in each later frame, so that the pointer stays fluent

/**
 * @param {HTMLCanvasElement} canvas as large as the graph
 * @param {Axes} axes
 * @param {(scale: ?ColourScale) => void} onScale called with the meaning of the colours
 */
export function createBackdrop(canvas, axes, onScale) {
  /** @type {?Painted} */
  let painted = null;
  let turn = 0; // a newer scene cancels the painting of an older one

  /** Draw what is painted at its place in the current view, as within a drag. */
  const follow = () => {
    const context = clearedContext(canvas);
    const frame = axes.frame();
    if (!painted || !frame) return;
    context.beginPath();
    context.rect(frame.left, frame.top, frame.width, frame.height);
    context.clip();
    const { image, ranges: [[left, right], [bottom, top]], smooth = false, trace } = painted;
    if (image) {
      const [x0, y0] = axes.pixelOf([left, top]);
      const [x1, y1] = axes.pixelOf([right, bottom]);
      context.imageSmoothingEnabled = smooth;
      context.imageSmoothingQuality = "high";
      context.drawImage(image, x0, y0, x1 - x0, y1 - y0);
    }
    trace?.(context, axes);
  };

  /**
   * Paint a scene over the current view.
   * @param {Omit<Scene, "ranges" | "frame"> & {name: string}} scene
   */
  const show = async (scene) => {
    const frame = axes.frame();
    if (!frame) return;
    const mine = ++turn;
    const { name } = scene;
    const started = performance.now();
    const steps = PAINTERS[name]({ ...scene, ranges: axes.view(), frame });
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
