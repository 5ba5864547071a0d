// What pytest asks of the plane's modules: test_javascript.py.

import { readFileSync } from "node:fs";

import { figure } from "../../assets/plane/curves/figure.js";
import { placed } from "../../assets/plane/curves/marks.js";
import { escaped, shortened } from "../../assets/plane/curves/plain-text.js";
import { smoothed } from "../../assets/plane/curves/smoothing.js";
import { grownView, movesView } from "../../assets/plane/math/view.js";
import { classes, nearestPoint, viewRanges } from "../../assets/plane/math/geometry.js";
import { createNetwork } from "../../assets/plane/math/network.js";
import { inPlane, readPayload } from "../../assets/plane/format/payload.js";
import { parseSafetensors } from "../../assets/plane/format/safetensors.js";
import { mount, whenReceived } from "../../assets/plane/store/payload.js";
import { answering } from "./answering.mjs";

const read = (file) => inPlane(readPayload(new Uint8Array(readFileSync(file))));
const grey = (pixels) => Array.from(pixels, (value) => Math.round(255 * value));

const points = ({ x, y, labels }) => ({
  x: Float32Array.from(x), y: Float32Array.from(y), labels: Uint8Array.from(labels),
});
await answering({
  decode: ({ payload, places }) => {
    const { decode } = read(payload);
    return places.map((place) => grey(decode(place)));
  },
  decodeLatent: ({ payload }) => {
    const { decodeLatent, examplesMu, priorZ } = read(payload);
    return [examplesMu, priorZ].map((places) => places.map((z) => grey(decodeLatent(z))));
  },
  encode: ({ payload, images }) => {
    const { encode } = read(payload);
    return images.map((image) => {
      const { mu, logvar } = encode(image.map((byte) => byte / 255));
      return [Array.from(mu), Array.from(logvar)];
    });
  },
  payload: ({ payload }) => {
    const { decoderLayers, ...rest } = read(payload);
    return rest;
  },
  received: ({ payloads, keys }) => {
    const heard = [];
    const stop = keys.map((key) => whenReceived(key, (payload) => heard.push(`waited for ${payload.key}`)));
    stop.at(-1)();
    for (const payload of payloads) mount({ data: new Uint8Array(readFileSync(payload)) });
    for (const key of keys) whenReceived(key, (payload) => heard.push(`kept ${payload.key}`))();
    return heard;
  },
  grown: ({ view, ...rest }) => grownView(view, points(rest)),
  moves: ({ changes }) => movesView(changes),
  layers: ({ layers, z }) =>
    Array.from(createNetwork(layers.map((layer) => ({ ...layer, weight: Float32Array.from(layer.weight) })))(z)),
  nearest: ({ place, radius, hidden, ...rest }) => nearestPoint(points(rest), place, radius, new Set(hidden)),
  classes: (request) => classes(points(request)),
  ranges: (request) => viewRanges(points(request)),
  smoothed: ({ values, weight }) => smoothed(values, weight),
  escaped: ({ text }) => escaped(text),
  shortened: ({ text, length }) => shortened(text, length),
  placed: ({ wanted, width }) => placed(wanted, width),
  figure: ({ message, view }) => figure(message, view),
  parse: ({ file }) => parseSafetensors(new Uint8Array(readFileSync(file))),
});
