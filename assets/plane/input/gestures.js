// Whether the user is moving the view at this moment: a graph that is updated within a drag loses its thread.

const WHEEL_REST = 150; // ms without a turn of the wheel after which plotly has drawn the view anew
const PASSIVE = { capture: true, passive: true };

/**
 * @param {HTMLElement} element
 * @param {function(PointerEvent): boolean} drags whether a press there begins a drag
 * @returns {function(): Promise<void>} resolves at once, or when the gesture that is under way is over
 */
export function watchGestures(element, drags) {
  let rest = Promise.resolve();
  let over = null; // resolves `rest` while a gesture is under way
  let pressed = false;
  let timer = 0;
  const begin = () => {
    clearTimeout(timer);
    if (!over) rest = new Promise((resolve) => (over = resolve));
  };
  const endIn = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      over?.();
      over = null;
    }, milliseconds);
  };
  const release = () => {
    if (!pressed) return;
    pressed = false;
    endIn(0); // after plotly's own listeners
  };
  const press = (event) => {
    if (!drags(event)) return;
    pressed = true;
    begin();
    window.addEventListener("pointerup", release, { ...PASSIVE, once: true });
    window.addEventListener("pointercancel", release, { ...PASSIVE, once: true });
  };
  element.addEventListener("pointerdown", press, PASSIVE);
  element.addEventListener("pointermove", (event) => !event.buttons && release(), PASSIVE); // released elsewhere
  element.addEventListener(
    "wheel",
    () => {
      begin();
      if (!pressed) endIn(WHEEL_REST);
    },
    PASSIVE,
  );
  return () => rest;
}
