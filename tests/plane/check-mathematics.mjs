// What pytest asks of the plane's modules: test_mathematics.py.

import { readFileSync } from "node:fs";

import { bernoulliLogProb, elboTerms, gaussianKl } from "../../assets/plane/model/elbo.js";
import { ellipse } from "../../assets/plane/model/ellipse.js";
import { aggregatedPosterior, classMap, magnificationRows, priorMassRadius, trust } from "../../assets/plane/model/fields.js";
import { geodesic } from "../../assets/plane/model/geodesic.js";
import { createTangents, magnification, metric } from "../../assets/plane/model/jacobian.js";
import { gridPlaces, manifoldPlaces } from "../../assets/plane/model/manifold.js";
import { mnistFrame } from "../../assets/plane/model/mnist-frame.js";
import { chiSquareCdf, normalCdf, normalQuantile, standardNormals } from "../../assets/plane/model/normal.js";
import { pictureLength, polylineLength, resampled, simplified } from "../../assets/plane/model/path.js";
import { inPlane, readPayload } from "../../assets/plane/model/payload.js";
import { indicesInside } from "../../assets/plane/model/polygon.js";
import { answering } from "./answering.mjs";

const read = (file) => inPlane(readPayload(new Uint8Array(readFileSync(file))));
const floats = (object) => Object.fromEntries(Object.entries(object).map(([name, values]) => [name, Float32Array.from(values)]));
const drain = (generator) => {
  for (;;) {
    const { done, value } = generator.next();
    if (done) return value;
  }
};

await answering({
  normals: ({ n, seed }) => standardNormals(n, seed),
  cdf: ({ x }) => x.map(normalCdf),
  quantile: ({ p }) => p.map(normalQuantile),
  chiSquare: ({ x, k }) => x.map((value) => chiSquareCdf(value, k)),
  logProb: ({ x, logits }) => bernoulliLogProb(x, logits),
  kl: ({ mu, logvar }) => gaussianKl(mu, logvar),
  elbo: ({ payload, x, mu, logvar, eps }) => elboTerms(read(payload), x, mu, logvar, eps),
  ellipse: ({ covariance }) => ellipse(covariance),
  inside: ({ polygon, x, y, labels, hidden }) => indicesInside(polygon, x, y, labels, new Set(hidden)),
  tangents: ({ payload, z, axes }) => {
    const { decoderLayers, mean } = read(payload);
    const tangentsAt = createTangents(decoderLayers, mean);
    return z.map((point) => {
      const found = tangentsAt(point, axes);
      const [pixels, a, b] = [found.pixels, ...found.tangents].map((values) => Array.from(values));
      return { pixels, tangents: [a, b], metric: metric(found), magnification: magnification(found) };
    });
  },
  magnified: ({ payload, grid }) => {
    const { decoderLayers, mean, chart, toLatent } = read(payload);
    const tangentsAt = createTangents(decoderLayers, mean);
    return drain(magnificationRows(grid, (place) => tangentsAt(toLatent(place), chart.axes)));
  },
  posterior: ({ grid, points }) => aggregatedPosterior(grid, floats(points)),
  classes: ({ grid, points, hidden }) => classMap(grid, floats(points), new Set(hidden)),
  trust: ({ density, nTrain, radius }) => trust(Float32Array.from(density), nTrain, radius),
  radius: ({ mass }) => priorMassRadius(mass),
  manifold: ({ n }) => manifoldPlaces(n),
  grid: ({ ranges, columns, rows }) => gridPlaces(ranges, columns, rows),
  geodesic: ({ payload, from, to }) => {
    const seen = read(payload);
    const places = drain(geodesic(seen, from, to));
    const straight = resampled([from, to], places.length);
    return { places, lengths: [straight, places].map((way) => pictureLength(seen.decode, way)) };
  },
  path: ({ places, n, tolerance }) =>
    ({ length: polylineLength(places), resampled: resampled(places, n), simplified: simplified(places, tolerance) }),
  frame: ({ ink, shape }) => mnistFrame(ink, shape),
});
