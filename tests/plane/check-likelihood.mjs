// What pytest asks of the plane's modules: test_likelihood.py.

import { readFileSync } from "node:fs";

import { logGamma } from "../../assets/plane/math/gamma.js";
import { createTangents } from "../../assets/plane/math/jacobian.js";
import { createLikelihood } from "../../assets/plane/math/likelihood.js";
import { ACTIVATIONS } from "../../assets/plane/math/network.js";
import { inPlane, readPayload } from "../../assets/plane/format/payload.js";
import { answering } from "./answering.mjs";

const read = (file) => inPlane(readPayload(new Uint8Array(readFileSync(file))));
const identity = { nIn: 1, nOut: 1, activation: "identity", weight: [1], bias: [0] };

await answering({
  logGamma: ({ a }) => a.map(logGamma),
  activated: ({ activation, values }) => {
    ACTIVATIONS[activation](values);
    return values;
  },
  slopes: ({ mean, logits }) => {
    const tangents = createTangents([identity], mean);
    return logits.map((l) => tangents([l], [[1], [0]]).tangents[0][0]);
  },
  // Of each pixel: x, logits and scale are of many pixels, whose log p would be summed up.
  logProbs: ({ likelihood, x, logits, scale }) => {
    const { logProb } = createLikelihood(likelihood);
    return x.map((value, d) => logProb([value], { logits: [logits[d]], scale: scale && [scale[d]] }));
  },
  logProb: ({ likelihood, x, ...parameters }) => createLikelihood(likelihood).logProb(x, { scale: null, ...parameters }),
  samples: ({ likelihood, seeds, ...parameters }) => {
    const { sample } = createLikelihood(likelihood);
    return seeds.map((seed) => Array.from(sample({ scale: null, ...parameters }, seed)));
  },
  deviation: ({ likelihood, ...parameters }) => createLikelihood(likelihood).deviation({ scale: null, ...parameters }),
  ofPayload: ({ payload, x, zs, n }) => {
    const { decodeLatent, logProb, sample, deviation } = read(payload);
    return zs.map((z) => {
      const mean = Array.from(decodeLatent(z));
      const samples = Array.from({ length: n }, (_, seed) => Array.from(sample(z, seed)));
      return { mean, logProbs: x.map((image) => logProb(image, z)), samples, deviation: Array.from(deviation(z)) };
    });
  },
  encoded: ({ payload, x }) => x.map((image) => {
    const { mu, logvar } = read(payload).encode(image);
    return [Array.from(mu), Array.from(logvar)];
  }),
});
