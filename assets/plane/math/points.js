// Sampled points of a view: coverage, counts, and the images they belong to.

const SAME = 1e-3; // of a view's width; two views that differ by less show the same

/**
 * Whether the server could show nothing in a view that is not here.
 * @param {Points} points
 * @param {?View} view null: the whole plane
 */
export function covers(points, view) {
  const whole = points.within === points.total;
  if (view === null || holds(view, points.extent)) return whole;
  if (points.shown === points.within && (whole || holds(points.view, view))) return true;
  return points.view !== null && isSame(points.view, view);
}

/** How many points there are in a view that is `covers`ed: of those of a larger one, all of which are here, its own. */
export function countsIn(points, view) {
  const { total, within, shown, x, y } = points;
  if (view === null || within === total || shown < within) return { total, within, shown };
  const [[left, right], [bottom, top]] = view;
  let own = 0;
  for (let i = 0; i < x.length; i++) if (x[i] >= left && x[i] <= right && y[i] >= bottom && y[i] <= top) own++;
  return { total, within: own, shown: own };
}

function holds(outer, inner) {
  return outer.every(([low, high], axis) => low <= inner[axis][0] && inner[axis][1] <= high);
}

function isSame(one, other) {
  return one.every(([low, high], axis) =>
    [low, high].every((end, k) => Math.abs(end - other[axis][k]) <= SAME * (high - low)));
}

/** The images of some points, (m) each once, ascending. */
export function imagesOf({ images }, indices) {
  return Int32Array.from(new Set(Array.from(indices, (i) => images[i]))).sort();
}

/** Where in the ascending `ids` those of `wanted` are, ascending too; what is not there is left out. */
export function indicesOfIds(ids, wanted) {
  const found = [];
  for (let i = 0, k = 0; i < ids.length && k < wanted.length; ) {
    if (ids[i] === wanted[k]) found.push(i);
    if (ids[i] <= wanted[k]) i++;
    else k++;
  }
  return Int32Array.from(found);
}
