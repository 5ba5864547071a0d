// The logistic function.

/** 1 / (1 + e⁻ˡ), from 0 to 1. */
export function sigmoid(l) {
  return 1 / (1 + Math.exp(-l));
}
