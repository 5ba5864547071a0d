// Drags and wheel turns in progress: Plotly loses a gesture if its graph is updated meanwhile.

const WHEEL_REST = 150; // ms after the last turn of the wheel until Plotly has redrawn
const PASSIVE = { capture: true, passive: true };

/**
 * @param {HTMLElement} element
 * @param {(event: PointerEvent) => boolean} drags whether a press begins a drag
 * @returns {() => Promise<void>} resolves when no gesture is in progress
 */
export function watchGestures(element, drags) {
  /** @type {Promise<void>} */
  let rest = Promise.resolve();
  /** @type {?(() => void)} */
  let over = null; // resolves `rest`; null: no gesture is in progress
  let pressed = false;
  let timer = 0;
  const begin = () => {
    clearTimeout(timer);
    if (!over) rest = new Promise((resolve) => (over = resolve));
  };
  const endIn = (/** @type {number} */ milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      over?.();
      over = null;
    }, milliseconds);
  };
  const release = () => {
    if (!pressed) return;
    pressed = false;
    endIn(0); // after Plotly's own listeners
  };
  const press = (/** @type {PointerEvent} */ event) => {
    if (!drags(event)) return;
    pressed = true;
    begin();
    window.addEventListener("pointerup", release, { ...PASSIVE, once: true });
    window.addEventListener("pointercancel", release, { ...PASSIVE, once: true });
  };
  element.addEventListener("pointerdown", press, PASSIVE);
  element.addEventListener("pointermove", (event) => !event.buttons && release(), PASSIVE); // released outside the window
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
