// Presentation: the plane alone on the screen in large type, with the decoded picture beside it.

import { find } from "../dom.js";
import { formatZ } from "../format/numbers.js";
import { paint } from "./paint.js";

/** @import { Shown } from "../types.js" */

/**
 * @param {HTMLElement} element with the plane, which becomes a popover
 * @param {HTMLElement} stage of the picture
 * @param {(presenting: boolean) => void} onChange called after it has begun or ended
 */
export function createPresenter(element, stage, onChange) {
  stage.innerHTML = `<canvas width="28" height="28" role="img" aria-label="The picture decoded at the place shown">
    </canvas><output></output><span></span>`;
  const [canvas, place, nearest] = [find(stage, "canvas", HTMLCanvasElement), find(stage, "output"), find(stage, "span")];
  let presenting = false;

  const set = (/** @type {boolean} */ wanted, fullScreen = false) => {
    if (wanted === presenting) return;
    presenting = wanted;
    if (wanted) {
      element.setAttribute("popover", "manual"); // the top layer, above everything on the page
      element.showPopover();
      if (fullScreen) document.documentElement.requestFullscreen?.().then(onTop).catch(() => {}); // not supported or not allowed
    } else {
      element.hidePopover();
      element.removeAttribute("popover");
      if (document.fullscreenElement) document.exitFullscreen();
    }
    element.classList.toggle("lp-presenting", wanted);
    stage.hidden = !wanted;
    onChange(wanted);
  };
  const onTop = () => {
    if (!presenting) return;
    element.hidePopover();
    element.showPopover(); // above the page, which fills the screen now
  };
  const leave = () => !document.fullscreenElement && set(false);
  document.addEventListener("fullscreenchange", leave);

  return {
    get presenting() {
      return presenting;
    },
    set,
    /**
     * @param {Shown} shown
     * @param {string} label below the picture
     */
    show({ pixels, z, payload }, label) {
      if (!presenting) return;
      paint(canvas, pixels, payload.imageShape);
      place.textContent = `z = ${formatZ(z)}`;
      nearest.textContent = label;
    },
    destroy() {
      document.removeEventListener("fullscreenchange", leave);
      set(false);
    },
  };
}
