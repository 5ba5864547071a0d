// Evaluates what pytest asks of the plane's pure modules: a JSON request on stdin, its answer on stdout.

import { readFileSync } from "node:fs";

const modules = new URL("../../assets/plane/", import.meta.url);
const { figure } = await import(new URL("curves-figure.js", modules));
const { placed } = await import(new URL("curves-marks.js", modules));
const { createDecoder } = await import(new URL("decoder.js", modules));
const { classes, nearestPoint, viewRanges } = await import(new URL("geometry.js", modules));
const { escaped, shortened } = await import(new URL("plain-text.js", modules));
const { mount, readPayload, whenReceived } = await import(new URL("payload.js", modules));
const { parseSafetensors } = await import(new URL("safetensors.js", modules));
const { grownView, movesView } = await import(new URL("view.js", modules));
const { smoothed } = await import(new URL("smoothing.js", modules));

const list = (values) => Array.from(values);
const points = ({ x, y, labels }) => ({
  x: Float32Array.from(x), y: Float32Array.from(y), labels: Uint8Array.from(labels),
});
const answers = {
  decode: ({ payload, places }) => {
    const { decode } = readPayload(new Uint8Array(readFileSync(payload)));
    return places.map((place) => Array.from(decode(place), (grey) => Math.round(255 * grey)));
  },
  decodeLatent: ({ payload }) => {
    const { decodeLatent, examplesMu, priorZ } = readPayload(new Uint8Array(readFileSync(payload)));
    return [examplesMu, priorZ].map((places) =>
      places.map((z) => Array.from(decodeLatent(z), (grey) => Math.round(255 * grey))),
    );
  },
  payload: ({ payload }) => {
    const { x, y, labels, examples, examplesMu, priorZ, ...rest } = readPayload(new Uint8Array(readFileSync(payload)));
    const rows = { examples: examples.map(list), examplesMu: examplesMu.map(list), priorZ: priorZ.map(list) };
    return { ...rest, ...rows, x: list(x), y: list(y), labels: list(labels) };
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
    Array.from(createDecoder(layers.map((layer) => ({ ...layer, weight: Float32Array.from(layer.weight) })))(z)),
  nearest: ({ place, radius, hidden, ...rest }) => nearestPoint(points(rest), place, radius, new Set(hidden)),
  classes: (request) => classes(points(request)),
  ranges: (request) => viewRanges(points(request)),
  smoothed: ({ values, weight }) => smoothed(values, weight),
  escaped: ({ text }) => escaped(text),
  shortened: ({ text, length }) => shortened(text, length),
  placed: ({ wanted, width }) => placed(wanted, width),
  figure: ({ message, view }) => figure(message, view),
  parse: ({ file }) => parseSafetensors(new Uint8Array(readFileSync(file))),
};

const { question, ...request } = JSON.parse(readFileSync(0));
try {
  console.log(JSON.stringify({ answer: answers[question](request) }));
} catch (error) {
  console.log(JSON.stringify({ error: error.message }));
}
