// What pytest asks of the plane's modules: test_fields.py.

import { readFileSync } from "node:fs";

import {
  aggregatedPosterior, classMap, magnificationRows, priorMassRadius, trust,
} from "../../assets/plane/math/fields.js";
import { createTangents, magnification, metric } from "../../assets/plane/math/jacobian.js";
import { gridPlaces, manifoldPlaces } from "../../assets/plane/math/manifold.js";
import { inPlane, readPayload } from "../../assets/plane/format/payload.js";
import { answering } from "./answering.mjs";

const read = (file) => inPlane(readPayload(new Uint8Array(readFileSync(file))));
const floats = (object) =>
  Object.fromEntries(Object.entries(object).map(([name, values]) => [name, Float32Array.from(values)]));
const drain = (generator) => {
  for (;;) {
    const { done, value } = generator.next();
    if (done) return value;
  }
};

await answering({
  tangents: ({ payload, z, axes }) => {
    const { decoderLayers, mean } = read(payload);
    const tangentsAt = createTangents(decoderLayers, mean);
    return z.map((point) => {
      const found = tangentsAt(point, axes);
      const [pixels, a, b] = [found.pixels, ...found.tangents].map((values) => Array.from(values));
      return { pixels, tangents: [a, b], metric: metric(found), magnification: magnification(found) };
    });
  },
  tangentsOf: ({ layers, mean }) => typeof createTangents(layers, mean),
  magnified: ({ payload, grid }) => {
    const { decoderLayers, mean, chart, toLatent } = read(payload);
    const tangentsAt = createTangents(decoderLayers, mean);
    return drain(magnificationRows(grid, (place) => tangentsAt(toLatent(place), chart.axes)));
  },
  posterior: ({ grid, points }) => aggregatedPosterior(grid, floats(points)),
  classes: ({ grid, points, hidden }) => classMap(grid, floats(points), new Set(hidden)),
  trust: ({ density, nTrain, radius }) => trust(Float32Array.from(density), nTrain, radius),
  radius: ({ mass, J }) => priorMassRadius(mass, J),
  manifold: ({ n }) => manifoldPlaces(n),
  grid: ({ ranges, columns, rows }) => gridPlaces(ranges, columns, rows),
});
