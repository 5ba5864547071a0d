// What pytest asks of the plane's modules: test_mathematics.py.

import { readFileSync } from "node:fs";

import { elboTerms, gaussianKl } from "../../assets/plane/math/elbo.js";
import { ellipse } from "../../assets/plane/math/ellipse.js";
import { mnistFrame } from "../../assets/plane/math/mnist-frame.js";
import { chiSquareCdf, normalCdf, normalQuantile, standardNormals } from "../../assets/plane/math/normal.js";
import { polylineLength, resampled, simplified } from "../../assets/plane/math/path.js";
import { inPlane, readPayload } from "../../assets/plane/format/payload.js";
import { indicesInside } from "../../assets/plane/math/polygon.js";
import { answering } from "./answering.mjs";

const read = (file) => inPlane(readPayload(new Uint8Array(readFileSync(file))));

await answering({
  normals: ({ n, seed }) => standardNormals(n, seed),
  cdf: ({ x }) => x.map(normalCdf),
  quantile: ({ p }) => p.map(normalQuantile),
  atInfinity: () => [normalCdf(-Infinity), normalCdf(Infinity), chiSquareCdf(Infinity, 3)],
  chiSquare: ({ x, k }) => x.map((value) => chiSquareCdf(value, k)),
  kl: ({ mu, logvar }) => gaussianKl(mu, logvar),
  elbo: ({ payload, x, mu, logvar, eps }) => elboTerms(read(payload), x, mu, logvar, eps),
  ellipse: ({ covariance }) => ellipse(covariance),
  inside: ({ polygon, x, y, labels, hidden }) => indicesInside(polygon, x, y, labels, new Set(hidden)),
  path: ({ places, n, tolerance }) =>
    ({ length: polylineLength(places), resampled: resampled(places, n), simplified: simplified(places, tolerance) }),
  frame: ({ ink, shape }) => mnistFrame(ink, shape),
});
