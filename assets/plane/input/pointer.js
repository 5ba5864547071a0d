// Pointing and clicking on the plane: a press that hardly moves is a click.

const CLICK_SLACK = 4; // px that a pointer may move within a click
const OPTIONS = { capture: true, passive: true };

/**
 * @param {HTMLElement} element the plane
 * @param {{point: (event: PointerEvent) => void, leave: () => void, click: (event: PointerEvent) => void,
 *   busy: () => boolean}} on busy: whether another gesture, such as a pinch, has the pointer
 */
export function watchPointer(element, on) {
  /** @type {?PointerEvent} */
  let pressed = null; // the press of a possible click
  const move = (/** @type {PointerEvent} */ { pointerId, clientX, clientY }) => {
    if (!pressed || pointerId !== pressed.pointerId) return;
    if (Math.hypot(clientX - pressed.clientX, clientY - pressed.clientY) > CLICK_SLACK) pressed = null; // even if it comes back
  };
  const release = (/** @type {PointerEvent} */ event) => {
    move(event);
    window.removeEventListener("pointermove", move, OPTIONS);
    if (event.pointerId !== pressed?.pointerId) return;
    pressed = null;
    on.click(event);
  };
  element.addEventListener("pointermove", (event) => on.busy() || on.point(event), OPTIONS);
  element.addEventListener("pointerdown", (event) => {
    pressed = event.button === 0 && !on.busy() ? event : null;
    if (event.pointerType !== "mouse" && !on.busy()) on.point(event);
    window.addEventListener("pointermove", move, OPTIONS); // on the window, since Plotly covers the page during a drag
    window.addEventListener("pointerup", release, { ...OPTIONS, once: true });
  }, OPTIONS);
  element.addEventListener("pointerleave", (event) => event.target === element && on.leave(), OPTIONS);
}
