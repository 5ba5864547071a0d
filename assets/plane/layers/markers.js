// Elements at places of the plane: the pin, the keyboard's cursor, the label of each class.

import { find } from "../dom.js";

/**
 * @import { Place } from "../types.js"
 * @import { Scatter } from "./scatter.js"
 */

/**
 * @param {HTMLElement} root the plane
 * @param {Scatter} scatter
 * @returns {(pin: ?Place, cursor: ?Place) => void} moves all of them; null: hidden
 */
export function createMarkers(root, scatter) {
  const [pinMark, cursorMark, names] = ["pin", "cursor", "names"].map((name) => find(root, `.lp-${name}`));

  const put = (/** @type {HTMLElement} */ mark, /** @type {?Place} */ place) => {
    const position = place && scatter.axes.positionOf(place);
    mark.hidden = !position;
    if (position) mark.style.translate = `${position[0]}px ${position[1]}px`;
  };

  /** Write each class's label at its home, so that colour is not the only cue. */
  const nameClasses = () => {
    const { classes, hiddenLabels } = scatter;
    while (names.children.length > classes.length) names.lastChild?.remove();
    while (names.children.length < classes.length) names.append(document.createElement("span"));
    classes.forEach(({ label, home }, i) => {
      const name = /** @type {HTMLElement} */ (names.children[i]);
      const text = scatter.payload?.classes[label].name ?? "";
      if (name.textContent !== text) name.textContent = text;
      put(name, hiddenLabels.has(label) ? null : home);
    });
  };

  return (pin, cursor) => {
    put(pinMark, pin);
    put(cursorMark, cursor);
    nameClasses();
  };
}
