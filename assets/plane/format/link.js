// What of a view stands in an address: the zoom, the backdrop, how points are shown, the pins.

import { BACKDROPS } from "./names.js";

export const PLACE_LIMIT = 20; // |u|, |v| beyond it name no place of the plane
export const MAX_PINS = 50;
const MAX_NAME = 40; // characters
const POSITIONS = ["means", "samples"];

const FIELDS = {
  zoom: {
    accepted: `left, right, bottom and top, four numbers from ${-PLACE_LIMIT} to ${PLACE_LIMIT} such as -2,2,-2,2`,
    parse(text) {
      const [left, right, bottom, top, ...more] = numbers(text);
      return more.length || !(left < right && bottom < top) ? null : [[left, right], [bottom, top]];
    },
    format: (ranges) => ranges.flat().map(short).join(","),
  },
  backdrop: choice(Object.keys(BACKDROPS), "none"),
  positions: choice(POSITIONS, "means"),
  hide: {
    accepted: "labels separated by commas, such as 3,5",
    parse: (text) => (/^\d{1,3}(,\d{1,3}){0,255}$/.test(text) ? text.split(",").map(Number) : null),
    format: (labels) => labels.join(","),
  },
  pins: {
    accepted: `at most ${MAX_PINS} places with names, such as 0.5,-1.2,A;1,2,B`,
    parse: parsePins,
    format: (pins) => pins.map(({ place, name }) => [...place.map(short), encodeName(name)].join(",")).join(";"),
  },
};

/**
 * @typedef {{zoom?: [number[], number[]], backdrop?: string, positions?: string, hide?: number[],
 *   pins?: {place: number[], name: string}[]}} View what is not there is as it is by itself
 * @param {URLSearchParams} query
 * @returns {{view: View, complaints: string[]}} complaints: a sentence for each value that cannot be used
 */
export function parseView(query) {
  const view = {};
  const complaints = [];
  for (const [name, { accepted, parse }] of Object.entries(FIELDS)) {
    const text = query.get(name);
    if (text === null) continue;
    const value = parse(text);
    if (value !== null) view[name] = value;
    else complaints.push(`${name} = “${text.slice(0, 40)}” in the address cannot be used; accepted: ${accepted}.`);
  }
  return { view, complaints };
}

/** Write a view into a query, in place of the one that is there; returns the query. */
export function formatView(view, query) {
  for (const [name, { format }] of Object.entries(FIELDS)) {
    const text = view[name] ? format(view[name]) : "";
    if (text) query.set(name, text);
    else query.delete(name);
  }
  return query;
}

function choice(names, usual) {
  return {
    accepted: names.join(", "),
    parse: (text) => (names.includes(text) ? text : null),
    format: (name) => (name === usual ? "" : name),
  };
}

function parsePins(text) {
  const pins = text.split(";").map((part) => {
    const [u, v, name = ""] = part.split(",");
    const place = numbers(`${u},${v}`);
    return place.length === 2 ? { place, name: decodeName(name).slice(0, MAX_NAME) } : null;
  });
  return pins.length <= MAX_PINS && pins.every(Boolean) ? pins : null;
}

/** The numbers of "1,-2.5", or none at all if one of them is no coordinate. */
function numbers(text) {
  const parts = text.split(",");
  const values = parts.map((part) => (part.trim() === "" ? NaN : Number(part)));
  return values.every((value) => Math.abs(value) <= PLACE_LIMIT) ? values : [];
}

function short(value) {
  return String(Number(value.toFixed(4)));
}

// Commas and semicolons separate; what the query itself needs is escaped by URLSearchParams.
function encodeName(name) {
  return name.replace(/[%,;]/g, encodeURIComponent);
}

function decodeName(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
