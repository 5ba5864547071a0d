// Grey values on a canvas.

/** Paint grey values into a canvas, which becomes as large as they are: black is 0 or less, white is 1 or more. */
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

/** Grey values in [0, 1] of bytes 0…255. */
export function greyValues(bytes) {
  return Float32Array.from(bytes, (byte) => byte / 255);
}
