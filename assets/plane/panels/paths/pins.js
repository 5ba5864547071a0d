// The list of kept places: what is drawn there, their names, their order.

import { paint } from "../../layers/paint.js";
import { formatZ } from "../../format/numbers.js";
import { sign } from "./icons.js";

const MAX_NAME = 40; // characters

/**
 * @typedef {{place: number[], name: string}} Pin
 * @param {HTMLOListElement} list filled by this module
 * @param {{go: function(number): void, rename: function(number, ?string): void, move: function(number, number): void,
 *   remove: function(number): void}} on called with a pin's index, and its new name (null: one of our choice), or the
 *   index it is moved to
 * @returns {{show: function(Pin[], object): void, focus: function(number, string): void}} show: these pins, decoded by
 *   that payload; focus: give a pin's button that has the focus by keyboard the same focus again, at its new place
 */
export function createPins(list, on) {
  let rows = [];

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
    show(pins, payload) {
      while (rows.length < pins.length) add();
      for (const row of rows.splice(pins.length)) row.element.remove();
      rows.forEach((row, i) => {
        showPin(row, pins[i], payload);
        row.up.disabled = i === 0;
        row.down.disabled = i === rows.length - 1;
      });
    },
    focus(i, button) {
      const row = rows[i];
      const wanted = row?.[button];
      if (!wanted) return;
      const usable = wanted.disabled ? [row.up, row.down].find((other) => !other.disabled) : wanted;
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
      <button type="button" title="Earlier">${sign("up")}</button>
      <button type="button" title="Later">${sign("down")}</button>
      <button type="button" title="Remove">${sign("remove")}</button>
    </span>`;
  const [go, up, down, remove] = element.querySelectorAll("button");
  return {
    element, go, up, down, remove,
    canvas: element.querySelector("canvas"), name: element.querySelector("input"), z: element.querySelector("output"),
    drawn: null, // what is on the canvas
  };
}

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
