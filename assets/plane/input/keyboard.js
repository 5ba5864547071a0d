// What a key means on the plane.

const STEP = 0.1; // units of the plane an arrow key moves; ×5 with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const ACTIONS = {
  Enter: "pin", Escape: "clear", p: "play", b: "nextBackdrop", B: "previousBackdrop", k: "keep", f: "present",
  "?": "help", "+": "zoomIn", "=": "zoomIn", "-": "zoomOut", "−": "zoomOut", 0: "home",
};
const ZOOM_STEP = 1.4;

/**
 * @param {HTMLElement} element the plane, with all that belongs to it
 * @param {{move: function(number[]): void, zoom: function(number): void, [action: string]: function(): void}} on by the
 *   names above; what has no function there means nothing
 */
export function watchKeys(element, on) {
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
  if (key === "Enter" && target.closest("button, summary")) return null; // it presses that
  const name = ACTIONS[key] ?? ACTIONS[key.toLowerCase()];
  if (name === "zoomIn") return () => on.zoom(ZOOM_STEP);
  if (name === "zoomOut") return () => on.zoom(1 / ZOOM_STEP);
  return on[name];
}

function isForTyping({ target, key }) {
  return target.closest("select, input, textarea") !== null && key !== "Escape";
}
