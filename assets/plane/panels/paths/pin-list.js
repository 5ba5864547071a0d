// List of pins: picture, name, z, and buttons to reorder and remove.

import { find, findAll } from "../../dom.js";
import { formatZ } from "../../format/numbers.js";
import { paint } from "../../layers/paint.js";
import { icon } from "./icons.js";

/**
 * @import { Pin, SeenPayload } from "../../types.js"
 *
 * @typedef {"up" | "down" | "remove"} Button
 * @typedef {ReturnType<typeof createRow>} Row
 */

const MAX_NAME = 40; // characters

/**
 * @param {HTMLElement} list filled by this module
 * @param {{go: (i: number) => void, rename: (i: number, name: ?string) => void, move: (from: number, to: number) => void,
 *   remove: (i: number) => void}} on called with indices of pins; name: null for a default one
 */
export function createPinList(list, on) {
  /** @type {Row[]} */
  const rows = [];

  const add = () => {
    const i = rows.length;
    const row = createRow();
    const { go, name, up, down, remove } = row;
    go.addEventListener("click", () => on.go(i));
    name.addEventListener("input", () => on.rename(i, name.value));
    name.addEventListener("change", () => name.value.trim() || on.rename(i, null));
    name.addEventListener("keydown", (event) => event.key === "Enter" && name.blur());
    up.addEventListener("click", () => on.move(i, i - 1));
    down.addEventListener("click", () => on.move(i, i + 1));
    remove.addEventListener("click", () => on.remove(i));
    rows.push(row);
    list.append(row.element);
  };

  return {
    /**
     * @param {Pin[]} pins
     * @param {?SeenPayload} payload decodes them
     */
    show(pins, payload) {
      while (rows.length < pins.length) add();
      for (const row of rows.splice(pins.length)) row.element.remove();
      rows.forEach((row, i) => {
        showPin(row, pins[i], payload);
        row.up.disabled = i === 0;
        row.down.disabled = i === rows.length - 1;
      });
    },
    /**
     * Focus a button of a pin, or one beside it if that is disabled.
     * @param {number} i
     * @param {Button} button
     */
    focus(i, button) {
      const row = rows[i];
      if (!row) return;
      const usable = row[button].disabled ? [row.up, row.down].find((other) => !other.disabled) : row[button];
      usable?.focus();
    },
  };
}

function createRow() {
  const element = document.createElement("li");
  element.className = "lp-paths-pin";
  element.innerHTML = `
    <button type="button" class="lp-paths-go" title="Show this place"><canvas width="28" height="28"></canvas></button>
    <div>
      <input type="text" maxlength="${MAX_NAME}" autocomplete="off" spellcheck="false">
      <output aria-label="z"></output>
    </div>
    <span class="lp-paths-order">
      <button type="button" title="Earlier">${icon("up")}</button>
      <button type="button" title="Later">${icon("down")}</button>
      <button type="button" title="Remove">${icon("remove")}</button>
    </span>`;
  const [go, up, down, remove] = findAll(element, "button", HTMLButtonElement);
  return {
    element, go, up, down, remove,
    canvas: find(element, "canvas", HTMLCanvasElement),
    name: find(element, "input", HTMLInputElement),
    z: find(element, "output"),
    drawn: "", // identifies what the canvas shows
  };
}

/**
 * @param {Row} row
 * @param {Pin} pin
 * @param {?SeenPayload} payload
 */
function showPin(row, { place, name }, payload) {
  if (row.name.value !== name) row.name.value = name;
  row.name.setAttribute("aria-label", `Name of pin ${name}`);
  row.go.setAttribute("aria-label", `Show ${name}`);
  row.up.setAttribute("aria-label", `Move ${name} up`);
  row.down.setAttribute("aria-label", `Move ${name} down`);
  row.remove.setAttribute("aria-label", `Remove ${name}`);
  if (!payload) return;
  const drawn = JSON.stringify([payload.key, payload.chart, place]);
  if (row.drawn === drawn) return;
  row.drawn = drawn;
  row.z.textContent = row.z.title = formatZ(payload.toLatent(place));
  paint(row.canvas, payload.decode(place), payload.imageShape);
}
