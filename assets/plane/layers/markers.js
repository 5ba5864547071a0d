// What stands at places of the plane as elements of the page: the pin, the cursor of the keys, the names of the classes.

/**
 * @param {HTMLElement} root the plane
 * @param {import("./scatter.js").Scatter} scatter says where places are
 * @returns {function(?number[], ?number[]): void} puts the pin and the cursor at these places, null: nowhere
 */
export function createMarks(root, scatter) {
  const [pinMark, cursorMark, names] = ["pin", "cursor", "names"].map((name) => root.querySelector(`.lp-${name}`));

  /** Put a mark where that place is now, or hide it if there is none or it is out of sight. */
  const put = (mark, place) => {
    const position = place && scatter.positionOf(place);
    mark.hidden = !position;
    if (position) mark.style.translate = `${position[0]}px ${position[1]}px`;
  };

  /** Write each class's digit where it is at home, so that colour is not the only cue. */
  const nameClasses = () => {
    const { classes, hiddenLabels } = scatter;
    while (names.children.length > classes.length) names.lastChild.remove();
    while (names.children.length < classes.length) names.append(document.createElement("span"));
    classes.forEach(({ label, home }, i) => {
      const name = names.children[i];
      if (name.textContent !== String(label)) name.textContent = label;
      put(name, hiddenLabels.has(label) ? null : home);
    });
  };

  return (pin, cursor) => {
    put(pinMark, pin);
    put(cursorMark, cursor);
    nameClasses();
  };
}
