// Settings of the paths panel, kept while the reader is on another page.

/**
 * @import { Channel, Place } from "../../types.js"
 *
 * @typedef {object} PathSettings
 * @property {"straight" | "geodesic" | "drawn"} kind
 * @property {boolean} closed
 * @property {?Place[]} stroke the path drawn by hand
 * @property {number} n frames of the film
 * @property {number} speed
 * @property {"off" | "loop" | "back"} loop
 * @property {number} position in the film, in frames
 */

/** @type {WeakMap<Channel, PathSettings>} */
const settings = new WeakMap();

/**
 * The settings of a channel's panel: one object, changed in place.
 * @param {Channel} channel
 */
export function settingsOf(channel) {
  const found = settings.get(channel) ?? defaultSettings();
  settings.set(channel, found);
  return found;
}

/** @returns {PathSettings} */
export function defaultSettings() {
  return { kind: "straight", closed: false, stroke: null, n: 24, speed: 1, loop: "loop", position: 0 };
}
