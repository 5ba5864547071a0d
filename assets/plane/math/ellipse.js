// Covariance ellipses.

/**
 * Principal axes of the symmetric matrix [[xx, xy], [xy, yy]].
 * @param {number[]} covariance [xx, xy, yy]
 * @returns {{major: number, minor: number, angle: number}} standard deviations along the axes; angle of the major axis
 *   from the x axis in radians, in (−π/2, π/2]
 */
export function ellipse([xx, xy, yy]) {
  const most = (xx + yy) / 2 + Math.hypot((xx - yy) / 2, xy);
  const least = most > 0 ? (xx / most) * yy - (xy / most) * xy : 0; // determinant / most, without cancellation
  return {
    major: Math.sqrt(Math.max(0, most)),
    minor: Math.sqrt(Math.max(0, least)),
    angle: 0.5 * Math.atan2(2 * xy + 0, xx - yy), // + 0 turns −0, whose angle would be −π/2, into 0
  };
}
