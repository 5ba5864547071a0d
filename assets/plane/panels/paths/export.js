// Export of a film: as a PNG made in the browser, or as a GIF that the server makes.

import { find } from "../../dom.js";
import { download } from "../../format/download.js";
import { createGifOrders } from "./gif-orders.js";
import { stripPng } from "./strip-png.js";

/**
 * @import { Message, Place, SeenPayload } from "../../types.js"
 * @import { GifData } from "./gif-orders.js"
 *
 * A film; frames: decoded so far; places: of the frames of a GIF; seconds: duration of a frame.
 * @typedef {{frames: Float32Array[], complete: boolean, payload: SeenPayload, places: Place[], seconds: number,
 *   loop: string}} WholeFilm
 */

const SKELETON = `
  <button type="button" data-do="png" title="Download the strip, four times as large">PNG strip</button>
  <button type="button" data-do="gif" title="Download the film as an animated GIF" hidden>GIF</button>
  <span class="lp-paths-said" role="status"></span>`;

/**
 * @param {HTMLElement} element filled by this module
 * @param {() => ?WholeFilm} film the current one
 */
export function createExport(element, film) {
  element.innerHTML = SKELETON;
  const [png, gif] = ["png", "gif"].map((name) => find(element, `[data-do=${name}]`, HTMLButtonElement));
  const said = find(element, "span");
  const say = (/** @type {string} */ text) => {
    said.textContent = text;
  };
  const orders = createGifOrders(say, (waiting) => (gif.disabled = waiting));

  async function savePng() {
    const current = film();
    if (!current) return;
    const { frames, complete, payload } = current;
    if (!complete) return say("The frames are still being decoded; try again in a moment.");
    try {
      download(await stripPng(frames, payload.imageShape), `${payload.run}-${payload.moment}-path.png`);
      say("");
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`The strip could not be saved: ${reason}. Choose fewer frames.`);
    }
  }

  function orderGif() {
    const current = film();
    if (!current) return;
    const { places, seconds, loop } = current;
    orders.send({ kind: "gif", places, seconds_per_frame: seconds, loop });
  }

  png.addEventListener("click", savePng);
  gif.addEventListener("click", orderGif);

  return {
    /** @param {Message<GifData>} message */
    serve(message) {
      gif.hidden = !message.data.gif;
      orders.receive(message);
    },
    destroy: () => orders.destroy(),
  };
}
