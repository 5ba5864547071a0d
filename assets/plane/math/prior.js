// The prior p(z) = N(0, I).

import { chiSquareCdf } from "./normal.js";

/**
 * log N(z; 0, I) in nats.
 * @param {ArrayLike<number>} z (J)
 */
export function priorLogDensity(z) {
  return -0.5 * (z.length * Math.log(2 * Math.PI) + squaredNorm(z));
}

/**
 * Prior mass at places more probable than z: P(χ² ≤ ‖z‖²) with J degrees of freedom.
 * @param {ArrayLike<number>} z (J)
 */
export function massCloserIn(z) {
  return chiSquareCdf(squaredNorm(z), z.length);
}

function squaredNorm(z) {
  let sum = 0;
  for (let j = 0; j < z.length; j++) sum += z[j] * z[j];
  return sum;
}
