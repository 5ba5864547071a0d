// Evaluates what pytest asks of the plane's pure modules: a JSON request on stdin, its answer on stdout.

import { readFileSync } from "node:fs";

const modules = new URL("../../assets/plane/", import.meta.url);
const { createDecoder } = await import(new URL("decoder.js", modules));
const { classes, nearestPoint, viewRanges } = await import(new URL("geometry.js", modules));
const { readPayload } = await import(new URL("payload.js", modules));
const { parseSafetensors } = await import(new URL("safetensors.js", modules));

const points = ({ x, y, labels }) => ({
  x: Float32Array.from(x), y: Float32Array.from(y), labels: Uint8Array.from(labels),
});
const answers = {
  decode: ({ payload, places }) => {
    const { decode } = readPayload(new Uint8Array(readFileSync(payload)));
    return places.map((place) => Array.from(decode(place), (grey) => Math.round(255 * grey)));
  },
  payload: ({ payload }) => {
    const { decode, x, y, labels, ...rest } = readPayload(new Uint8Array(readFileSync(payload)));
    return { ...rest, x: Array.from(x), y: Array.from(y), labels: Array.from(labels) };
  },
  layers: ({ layers, z }) =>
    Array.from(createDecoder(layers.map((layer) => ({ ...layer, weight: Float32Array.from(layer.weight) })))(z)),
  nearest: ({ place, radius, hidden, ...rest }) => nearestPoint(points(rest), place, radius, new Set(hidden)),
  classes: (request) => classes(points(request)),
  ranges: (request) => viewRanges(points(request)),
  parse: ({ file }) => parseSafetensors(new Uint8Array(readFileSync(file))),
};

const { question, ...request } = JSON.parse(readFileSync(0));
try {
  console.log(JSON.stringify({ answer: answers[question](request) }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
