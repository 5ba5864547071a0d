// What p(x|z) says of single pixels, each a Bernoulli of its own.

/** Draws of the pixels, 0 or 1: white where a uniform number is below the pixel's mean; (D) each. */
export function bernoulliSample(mean, uniforms) {
  const sample = new Float32Array(mean.length);
  for (let d = 0; d < mean.length; d++) sample[d] = uniforms[d] < mean[d] ? 1 : 0;
  return sample;
}

/** The entropy of each pixel in bits, from 0 (certain) to 1 (even chances); (D) each. */
export function entropies(mean) {
  const bits = new Float32Array(mean.length);
  for (let d = 0; d < mean.length; d++) bits[d] = -(xLog2(mean[d]) + xLog2(1 - mean[d]));
  return bits;
}

function xLog2(p) {
  return p > 0 ? p * Math.log2(p) : 0;
}
