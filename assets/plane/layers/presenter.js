// The plane for a room: alone on the screen, in large type, with the decoded picture beside it.

import { formatZ } from "../format/numbers.js";
import { paint } from "./paint.js";

/**
 * @param {HTMLElement} element holds the plane; it is lifted above the page
 * @param {HTMLElement} stage where the picture goes
 * @param {function(boolean): void} onChange called after it has begun or ended
 */
export function createPresenter(element, stage, onChange) {
  stage.innerHTML = `<canvas width="28" height="28" role="img" aria-label="The picture decoded at the place shown">
    </canvas><output></output><span></span>`;
  const [canvas, place, nearest] = stage.children;
  let presenting = false;

  const set = (wanted, fullScreen) => {
    if (wanted === presenting) return;
    presenting = wanted;
    if (wanted) {
      element.setAttribute("popover", "manual"); // the top layer: above everything, whatever the page is made of
      element.showPopover();
      if (fullScreen) document.documentElement.requestFullscreen?.().then(onTop).catch(() => {}); // not everywhere
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
    element.showPopover(); // what comes last is above the page that fills the screen
  };
  const leave = () => !document.fullscreenElement && set(false);
  document.addEventListener("fullscreenchange", leave);

  return {
    get presenting() {
      return presenting;
    },
    set,
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
