// MNIST's normalisation of handwriting: scaled into 20×20 pixels with its proportions kept, centre of mass in the middle of
// 28×28 (LeCun, Cortes & Burges, "The MNIST database of handwritten digits").

const FIELD = 28; // px
const BOX = 20; // px
const MIDDLE = 14.5; // px: the centre of pixel 14, where the centres of mass of the test images are, within rounding
const FAINT = 0.05; // of the darkest ink; fainter pixels belong to no stroke

/**
 * @param {ArrayLike<number>} ink (height · width) from 0 (paper) to 1, row-major
 * @param {number[]} shape [height, width]
 * @returns {?Float32Array} (784) grey values in [0, 1], the darkest 1; null if there is no ink
 */
export function mnistFrame(ink, [height, width]) {
  const extent = extentOf(ink, [height, width]);
  if (!extent) return null;
  const { left, right, top, bottom, x, y } = extent;
  const scale = BOX / Math.max(right - left, bottom - top); // pixels of the field a pixel of the ink
  const sums = summedArea(ink, [height, width]);
  const columns = edges(x, scale);
  const rows = edges(y, scale);
  const field = new Float32Array(FIELD * FIELD);
  let most = 0;
  for (let i = 0; i < FIELD; i++) {
    for (let j = 0; j < FIELD; j++) {
      const sum = sums(columns[j + 1], rows[i + 1]) - sums(columns[j], rows[i + 1])
        - sums(columns[j + 1], rows[i]) + sums(columns[j], rows[i]);
      field[i * FIELD + j] = Math.max(0, sum);
      most = Math.max(most, sum);
    }
  }
  return most > 0 ? field.map((value) => value / most) : null;
}

/** Edges of the field's pixels, in coordinates of the ink. */
function edges(centre, scale) {
  return Array.from({ length: FIELD + 1 }, (_, k) => centre + (k - MIDDLE) / scale);
}

/** Bounding box of the ink, [left, right) × [top, bottom), and its centre of mass (x, y); null without ink. */
function extentOf(ink, [height, width]) {
  let most = 0;
  for (let i = 0; i < ink.length; i++) most = Math.max(most, ink[i]);
  if (!(most > 0)) return null;
  let [left, right, top, bottom] = [width, 0, height, 0];
  let [mass, x, y] = [0, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = ink[row * width + column];
      if (value < FAINT * most) continue;
      [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
      [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
      mass += value;
      x += value * (column + 0.5);
      y += value * (row + 0.5);
    }
  }
  return { left, right, top, bottom, x: x / mass, y: y / mass };
}

/** @returns {(x: number, y: number) => number} sum of the ink above and to the left of (x, y), fractions of pixels included */
function summedArea(ink, [height, width]) {
  const stride = width + 1;
  const table = new Float64Array((height + 1) * stride);
  for (let row = 0; row < height; row++) {
    let sum = 0;
    for (let column = 0; column < width; column++) {
      sum += ink[row * width + column];
      table[(row + 1) * stride + column + 1] = table[row * stride + column + 1] + sum;
    }
  }
  return (x, y) => {
    const [cx, cy] = [Math.min(width, Math.max(0, x)), Math.min(height, Math.max(0, y))];
    const [i, j] = [Math.min(height - 1, Math.floor(cy)), Math.min(width - 1, Math.floor(cx))];
    const [s, t] = [cy - i, cx - j];
    const at = i * stride + j;
    return (1 - s) * ((1 - t) * table[at] + t * table[at + 1])
      + s * ((1 - t) * table[at + stride] + t * table[at + stride + 1]);
  };
}
