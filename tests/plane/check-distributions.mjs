// What pytest asks of the plane's modules: test_distributions.py.

import { gaussianKl, reparameterised } from "../../assets/plane/math/elbo.js";
import { ellipse } from "../../assets/plane/math/ellipse.js";
import { nearestMeans } from "../../assets/plane/math/neighbours.js";
import { chiSquareCdf, normalCdf, normalQuantile, standardNormals } from "../../assets/plane/math/normal.js";
import { indicesInside } from "../../assets/plane/math/polygon.js";
import { answering } from "./answering.mjs";

const floats = (values) => Float32Array.from(values);
const text = (values) => values.map(String); // JSON knows no ∞ and no NaN

await answering({
  normals: ({ n, seed }) => standardNormals(n, seed),
  firstOfEach: ({ seeds, n }) => Array.from({ length: seeds }, (_, seed) => Array.from(standardNormals(n, seed))),
  cdf: ({ x }) => x.map(normalCdf),
  quantile: ({ p }) => p.map(normalQuantile),
  ends: () => text([0, 1, -0.1, 1.1, NaN].map(normalQuantile)),
  chiSquare: ({ x, k }) => x.map((value) => chiSquareCdf(value, k)),
  kls: ({ mus, logvars }) => mus.map((mu, i) => gaussianKl(floats(mu), floats(logvars[i]))),
  reparameterised: ({ mu, logvar, eps }) => reparameterised(floats(mu), floats(logvar), floats(eps)),
  ellipses: ({ covariances }) => covariances.map(ellipse),
  nearest: ({ mu, z, k }) => nearestMeans(floats(mu), z, k),
  inside: ({ polygons, x, y }) =>
    polygons.map((polygon) => indicesInside(polygon, floats(x), floats(y), new Uint8Array(x.length))),
});
