// Query parameters of a view: zoom, backdrop, positions, hidden labels, pins.

import { BACKDROPS } from "./names.js";

/** @import { Pin, Place, Ranges } from "../types.js" */

export const MAX_PINS = 50;
const MAX_NAME = 40; // characters
const POSITIONS = ["means", "samples"];

/**
 *  limit: of |u| and |v|.
 * @typedef {{accepted: (limit: number) => string, parse: (text: string, limit: number) => any,
 *   format: (value: any) => string}} Field
 * @type {Record<string, Field>}
 */
const FIELDS = {
  zoom: {
    accepted: (limit) => `left, right, bottom and top, four numbers from ${-limit} to ${limit} such as -2,2,-2,2`,
    parse(text, limit) {
      const [left, right, bottom, top, ...more] = numbers(text, limit);
      return more.length || !(left < right && bottom < top) ? null : [[left, right], [bottom, top]];
    },
    format: (/** @type {Ranges} */ ranges) => ranges.flat().map(short).join(","),
  },
  backdrop: choice(Object.keys(BACKDROPS), "none"),
  positions: choice(POSITIONS, "means"),
  hide: {
    accepted: () => "labels separated by commas, such as 3,5",
    parse: (text) => (/^\d{1,3}(,\d{1,3}){0,255}$/.test(text) ? text.split(",").map(Number) : null),
    format: (/** @type {number[]} */ labels) => labels.join(","),
  },
  pins: {
    accepted: () => `at most ${MAX_PINS} places with names, such as 0.5,-1.2,A;1,2,B`,
    parse: parsePins,
    format: (/** @type {Pin[]} */ pins) => pins.map(({ place, name }) => [...place.map(short), encodeName(name)].join(",")).join(";"),
  },
};

/**
 * A view as far as it differs from the default; zoom: null in memory only.
 * @typedef {{zoom?: ?Ranges, backdrop?: string, positions?: string, hide?: number[], pins?: Pin[]}} View
 *
 * @param {URLSearchParams} query
 * @param {number} limit of |u| and |v|
 * @returns {{view: View, complaints: string[]}} complaints: a sentence for each value that is not accepted
 */
export function parseView(query, limit) {
  /** @type {Record<string, any>} */
  const view = {};
  /** @type {string[]} */
  const complaints = [];
  for (const [name, { accepted, parse }] of Object.entries(FIELDS)) {
    const text = query.get(name);
    if (text === null) continue;
    const value = parse(text, limit);
    if (value !== null) view[name] = value;
    else complaints.push(`${name} = “${text.slice(0, 40)}” in the address cannot be used; accepted: ${accepted(limit)}.`);
  }
  return { view, complaints };
}

/**
 * Replace the view in a query; returns the query.
 * @param {View} view
 * @param {URLSearchParams} query
 */
export function formatView(view, query) {
  const values = /** @type {Record<string, any>} */ (view);
  for (const [name, { format }] of Object.entries(FIELDS)) {
    const text = values[name] ? format(values[name]) : "";
    if (text) query.set(name, text);
    else query.delete(name);
  }
  return query;
}

/**
 * @param {string[]} names
 * @param {string} usual is not written
 * @returns {Field}
 */
function choice(names, usual) {
  return {
    accepted: () => names.join(", "),
    parse: (text) => (names.includes(text) ? text : null),
    format: (name) => (name === usual ? "" : name),
  };
}

function parsePins(text, limit) {
  const pins = text.split(";").map((part) => {
    const [u, v, name = ""] = part.split(",");
    const place = numbers(`${u},${v}`, limit);
    return place.length === 2 ? { place, name: decodeName(name).slice(0, MAX_NAME) } : null;
  });
  return pins.length <= MAX_PINS && pins.every(Boolean) ? pins : null;
}

/** The numbers of "1,-2.5"; none at all if one of them is not a coordinate. */
function numbers(text, limit) {
  const parts = text.split(",");
  const values = parts.map((part) => (part.trim() === "" ? NaN : Number(part)));
  return values.every((value) => Math.abs(value) <= limit) ? values : [];
}

function short(value) {
  return String(Number(value.toFixed(4)));
}

// Commas and semicolons are separators; URLSearchParams escapes all else.
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
