// Keyboard shortcuts of the plane.

const STEP = 0.1; // units of the plane an arrow key moves; ×5 with Shift
/** @type {Record<string, number[]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
/** @type {Record<string, string>} */
const ACTIONS = {
  Enter: "pin", Escape: "clear", p: "play", b: "nextBackdrop", B: "previousBackdrop", k: "keep", f: "present",
  "?": "help", "+": "zoomIn", "=": "zoomIn", "-": "zoomOut", "−": "zoomOut", 0: "home",
};
const ZOOM_STEP = 1.4;

/**
 * @typedef {{move: (step: number[]) => void, zoom: (factor: number) => void}} Moves
 * @param {HTMLElement} element the plane and all that belongs to it
 * @param {Moves & Record<string, any>} on a function for each action above; keys without one do nothing
 */
export function watchKeyboard(element, on) {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isForTyping(event)) return;
    const act = action(event, on);
    if (!act) return;
    act();
    event.preventDefault();
    event.stopPropagation();
  });
}

function action({ key, shiftKey, target }, on) {
  const arrow = ARROWS[key];
  if (arrow) return () => on.move(arrow.map((part) => part * STEP * (shiftKey ? 5 : 1)));
  if (key === "Enter" && target.closest("button, summary")) return null; // Enter presses it
  const name = ACTIONS[key] ?? ACTIONS[key.toLowerCase()];
  if (name === "zoomIn") return () => on.zoom(ZOOM_STEP);
  if (name === "zoomOut") return () => on.zoom(1 / ZOOM_STEP);
  return on[name];
}

function isForTyping({ target, key }) {
  return target.closest("select, input, textarea") !== null && key !== "Escape";
}
