// Which points lie inside a polygon drawn by hand.

/**
 * @param {number[][]} polygon corners [u, v], in order; it closes itself
 * @param {Float32Array} x
 * @param {Float32Array} y
 * @param {Uint8Array} labels
 * @param {Set<number>} hidden labels that do not count
 * @returns {Int32Array} ascending indices of the points inside, by the even-odd rule
 */
export function indicesInside(polygon, x, y, labels, hidden = new Set()) {
  const us = polygon.map(([u]) => u);
  const vs = polygon.map(([, v]) => v);
  const [left, right, bottom, top] = [Math.min(...us), Math.max(...us), Math.min(...vs), Math.max(...vs)];
  const inside = [];
  for (let i = 0; i < x.length; i++) {
    if (x[i] < left || x[i] > right || y[i] < bottom || y[i] > top || hidden.has(labels[i])) continue;
    if (encloses(us, vs, x[i], y[i])) inside.push(i);
  }
  return Int32Array.from(inside);
}

/** Whether a ray from (x, y) to the right crosses an odd number of sides. */
function encloses(us, vs, x, y) {
  let odd = false;
  for (let k = 0, j = us.length - 1; k < us.length; j = k++) {
    const crosses = vs[k] > y !== vs[j] > y;
    if (crosses && x < us[k] + ((y - vs[k]) / (vs[j] - vs[k])) * (us[j] - us[k])) odd = !odd;
  }
  return odd;
}
