// The picture that the decoder draws at the place a plane shows now.

import { channel } from "./channel.js";
import { component } from "./component.js";

/** z as a reader writes it: "z = (0.50, −1.20)". */
export function formatPlace(z) {
  return `z = (${z.map((value) => value.toFixed(2).replace("-", "−")).join(", ")})`;
}

/** Paint grey values in [0, 1] into a canvas, which becomes as large as they are. */
export function paint(canvas, pixels, [height, width]) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  paintTile(canvas.getContext("2d"), pixels, [height, width], [0, 0]);
}

/** Paint grey values in [0, 1] at (left, top), pixel by pixel. */
export function paintTile(context, pixels, [height, width], [left, top]) {
  const image = new ImageData(width, height);
  const rgba = image.data.fill(255);
  for (let i = 0; i < pixels.length; i++) rgba[4 * i] = rgba[4 * i + 1] = rgba[4 * i + 2] = Math.round(255 * pixels[i]);
  context.putImageData(image, left, top);
}

export const mount = component((parent) => {
  parent.innerHTML = `
    <figure class="lp-picture">
      <canvas width="28" height="28" role="img" aria-label="The picture decoded at the place shown"></canvas>
      <figcaption><output class="lp-place"></output><span class="lp-whence"></span></figcaption>
    </figure>`;
  const canvas = parent.querySelector("canvas");
  const place = parent.querySelector(".lp-place");
  const whence = parent.querySelector(".lp-whence");
  let stop = () => {};
  let listeningTo = null;
  const show = ({ z, pixels, shape, pinned }) => {
    paint(canvas, pixels, shape);
    place.textContent = formatPlace(z);
    whence.textContent = pinned ? "pinned" : "";
  };
  return {
    update({ data }) {
      if (data.channel === listeningTo) return;
      stop();
      listeningTo = data.channel;
      stop = channel(data.channel).listen(show);
    },
    destroy: () => stop(),
  };
});
