// What pytest asks of the plane's modules: test_ways.py.

import { readFileSync } from "node:fs";

import { sought } from "../../assets/plane/model/find.js";
import { geodesic } from "../../assets/plane/model/geodesic.js";
import { mnistFrame } from "../../assets/plane/model/mnist-frame.js";
import { pictureLength, polylineLength, resampled, simplified } from "../../assets/plane/model/path.js";
import { inPlane, readPayload } from "../../assets/plane/model/payload.js";
import { withPin } from "../../assets/plane/model/pins.js";
import { searching } from "../../assets/plane/model/search.js";
import { answering } from "./answering.mjs";

const read = (file) => inPlane(readPayload(new Uint8Array(readFileSync(file))));

function finished(work) {
  const yielded = [];
  for (;;) {
    const { done, value } = work.next();
    if (done) return { result: value, yielded };
    yielded.push(value);
  }
}

await answering({
  length: ({ places }) => polylineLength(places),
  resampled: ({ places, n }) => resampled(places, n),
  simplified: ({ places, tolerance }) => simplified(places, tolerance),
  pictureLength: ({ payload, places }) => pictureLength(read(payload).decode, places),
  geodesics: ({ payload, pairs }) => {
    const seen = read(payload);
    return pairs.map(([from, to]) => {
      const { result: way, yielded } = finished(geodesic(seen, from, to));
      const lengths = [way, resampled([from, to], way.length)].map((places) => pictureLength(seen.decode, places));
      return { way, lengths, yielded };
    });
  },
  search: ({ starts, target, firstStep }) => {
    const looked = [];
    const decode = (place) => {
      looked.push(place);
      return [place[0], 2 * place[1], 0];
    };
    const { result, yielded } = finished(searching(decode, starts, target, firstStep));
    return { ...result, yields: yielded.length, looks: looked.length };
  },
  frames: ({ inks, shape }) => inks.map((ink) => mnistFrame(Float32Array.from(ink), shape)),
  sought: ({ texts, labels, n }) => texts.map((text) => sought(text, labels, n)),
  pinned: ({ names, times }) => {
    let pins = names.map((name) => ({ place: [0, 0], name }));
    for (let i = 0; i < times; i++) pins = withPin(pins, [i, 1]);
    return pins;
  },
});
