// Reader of sampled points, and their numbers in words.

import { parseSafetensors } from "./safetensors.js";

/** @import { Points } from "../types.js" */

/**
 * @param {Uint8Array} bytes as `points_payload` in `vae/export.py` packs them
 * @returns {Points}
 */
export function readPoints(bytes) {
  const { metadata, tensors } = parseSafetensors(bytes);
  const { x, y, images, ids } = tensors;
  /** @type {Points} */
  const description = JSON.parse(metadata.points);
  return { ...description, x: x.values, y: y.values, images: images.values, ids: ids.values };
}

/**
 * @param {Pick<Points, "total" | "within" | "shown">} counts
 * @returns {string} a sentence
 */
export function countText({ total, within, shown }) {
  const [all, here, drawn] = [total, within, shown].map((n) => n.toLocaleString("en"));
  if (shown < within && within === total) return `${drawn} of ${all} points, chosen at random. Zoom in to see more.`;
  if (shown < within) return `${drawn} of the ${here} points in this view, chosen at random. Zoom in to see more.`;
  if (within === total) return `All ${all} points.`;
  if (within === 0) return `None of the ${all} points is in this view.`;
  return within === 1 ? `The one point in this view, of ${all}.` : `All ${here} points in this view, of ${all}.`;
}
