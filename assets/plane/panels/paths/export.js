// How a film leaves the page: as a PNG made here, or as a GIF that the server makes.

import { download } from "../../format/download.js";
import { createOrders } from "./gif-orders.js";
import { stripPng } from "./png.js";

const SKELETON = `
  <button type="button" data-do="png" title="Download the strip, four times as large">PNG strip</button>
  <button type="button" data-do="gif" title="Download the film as an animated GIF" hidden>GIF</button>
  <span class="lp-paths-said" role="status"></span>`;

/**
 * @param {HTMLElement} element filled by this module
 * @param {function(): {frames: Float32Array[], complete: boolean, payload: object, places: number[][], seconds: number,
 *   loop: string}} film as it is now; frames: decoded so far; places: of the frames of a GIF; seconds: that each lasts
 */
export function createExport(element, film) {
  element.innerHTML = SKELETON;
  const [png, gif, said] = element.children;
  const say = (text) => (said.textContent = text);
  const orders = createOrders(say, (waiting) => (gif.disabled = waiting));

  async function savePng() {
    const { frames, complete, payload } = film();
    if (!complete) return say("The frames are still being decoded; try again in a moment.");
    try {
      const blob = await stripPng(frames, payload.imageShape);
      download(blob, `${payload.run}-${payload.moment}-path.png`);
      say("");
    } catch (error) {
      say(`The strip could not be saved: ${error.message}. Choose fewer frames.`);
    }
  }

  function orderGif() {
    const { places, seconds, loop } = film();
    orders.send({ kind: "gif", places, seconds_per_frame: seconds, loop });
  }

  png.addEventListener("click", savePng);
  gif.addEventListener("click", orderGif);

  return {
    /** A message of the server: {data: {gif: whether it makes GIFs, answer}, setTriggerValue}. */
    serve(message) {
      gif.hidden = !message.data.gif;
      orders.receive(message);
    },
    destroy: () => orders.destroy(),
  };
}
