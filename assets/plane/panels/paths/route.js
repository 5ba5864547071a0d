// The path that the film follows: through which places, by which measure, and how long it is.

import { createGeodesics } from "./geodesics.js";
import { inSlices } from "./slices.js";
import { createTrack, distance, joined, legs, line, refined, stepsInZ } from "./track.js";

// Pictures change fast in some places: with 32 pieces a leg, lengths come out 3 % too short, with 128 under 0.3 %.
const PIECES = 128; // of a leg, between which its length in picture space is measured
const PIECES_OF_STROKE = 512;
const NOTABLE = 0.02; // progress worth telling

/**
 * @typedef {object} Route
 * @property {"straight" | "geodesic" | "drawn"} kind of what it is now: until a geodesic is found, it is straight
 * @property {number[][]} places as it is drawn on the plane
 * @property {import("./track.js").Track} track equal steps: in z; of a geodesic, in the picture
 * @property {boolean} closed
 * @property {object} payload that it leads through
 * @property {object} lengths as far as they are known; see `lengths.js`
 * @property {?number} progress of the search for a geodesic, 0…1
 *
 * @typedef {{kind: string, places: number[][], closed: boolean, payload: object}} Wanted
 * @param {function(?Route): void} onChange told of a new route, and again when more is known of it
 * @returns {{follow: function(?Wanted): void, destroy: function(): void}} follow: that path from now on, or none
 */
export function createRoute(onChange) {
  const geodesics = createGeodesics();
  let followed; // nothing was said of any yet
  let stop = () => {};

  const follow = (wanted) => {
    if (same(wanted, followed)) return;
    stop();
    followed = wanted;
    if (!wanted) return onChange(null);
    const drawn = wanted.kind === "drawn";
    let route = firstRoute(wanted, geodesics);
    const learn = (more) => {
      route = { ...route, ...more };
      onChange(route);
    };
    learn({});
    stop = inSlices(drawn ? measuring(route, learn) : searching(wanted, geodesics, learn), () => {});
  };

  return { follow, destroy: () => stop() };
}

function same(a, b) {
  if (!a || !b) return a === b;
  const { payload, ...rest } = a;
  const { payload: other, ...others } = b;
  return payload === other && JSON.stringify(rest) === JSON.stringify(others);
}

/** What can be shown at once. */
function firstRoute({ kind, places, closed, payload }, geodesics) {
  const way = closed ? [...places, places[0]] : places;
  const track = createTrack(way, stepsInZ(way, payload.toLatent));
  const searches = kind === "geodesic" && !geodesics.has(legs(places, closed), payload);
  return {
    kind: kind === "drawn" ? kind : "straight",
    places: way, track, closed, payload, lengths: {}, progress: searches ? 0 : null,
  };
}

/** How long a path drawn by hand is. */
function* measuring({ track, payload }, learn) {
  const fine = Array.from({ length: PIECES_OF_STROKE + 1 }, (_, i) => track.at(i / PIECES_OF_STROKE));
  const [drawn] = yield* lengthsOf(fine, payload);
  learn({ lengths: { drawn } });
}

/** How long the straight path is; and the geodesic, if it is wanted or was found before. */
function* searching({ kind, places, closed, payload }, geodesics, learn) {
  const pairs = legs(places, closed);
  const [straight] = yield* lengthsOf(joined(pairs.map((pair) => line(pair, PIECES))), payload);
  learn({ lengths: { straight } });
  if (kind !== "geodesic" && !geodesics.has(pairs, payload)) return;
  let told = 0;
  const ways = yield* geodesics.find(pairs, payload, (progress) => {
    if (progress - told >= NOTABLE) learn({ progress: (told = progress) });
  });
  const fine = joined(ways.map((way) => refined(way, PIECES)));
  const [geodesic, steps] = yield* lengthsOf(fine, payload);
  const found = kind === "geodesic" ? { kind, places: fine, track: createTrack(fine, steps), progress: null } : {};
  learn({ ...found, lengths: { straight, geodesic } });
}

/** The lengths in z and in picture space, and the steps in picture space from each place to the next. */
function* lengthsOf(places, { toLatent, decode }) {
  const steps = yield* stepsInPicture(places, decode);
  return [{ z: sum(stepsInZ(places, toLatent)), picture: sum(steps) }, steps];
}

/** The distances ‖Δx‖₂ between the pictures at each place and the next. */
function* stepsInPicture(places, decode) {
  const steps = [];
  let before = null;
  for (const place of places) {
    const picture = decode(place).slice();
    if (before) steps.push(distance(before, picture));
    before = picture;
    yield;
  }
  return steps;
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
