// What a pointer means on the plane: it points, and a press that does not move is a click.

const CLICK_SLACK = 4; // px that a pointer may move within a click
const OPTIONS = { capture: true, passive: true };

/**
 * @param {HTMLElement} element the plane
 * @param {{point: function(PointerEvent): void, leave: function(): void, click: function(PointerEvent): void,
 *   busy: function(): boolean}} on busy: whether the pointer is at something else now, such as a pinch
 */
export function watchPointer(element, on) {
  const listen = (name, handler) => element.addEventListener(name, handler, OPTIONS);
  let pressed = null; // where a click may have begun
  const move = ({ pointerId, clientX, clientY }) => {
    if (pointerId !== pressed?.pointerId) return;
    if (Math.hypot(clientX - pressed.clientX, clientY - pressed.clientY) > CLICK_SLACK) pressed = null; // even if it comes back
  };
  const release = (event) => {
    move(event);
    window.removeEventListener("pointermove", move, OPTIONS);
    if (event.pointerId !== pressed?.pointerId) return;
    pressed = null;
    on.click(event);
  };
  listen("pointermove", (event) => on.busy() || on.point(event));
  listen("pointerdown", (event) => {
    pressed = event.button === 0 && !on.busy() ? event : null;
    if (event.pointerType !== "mouse" && !on.busy()) on.point(event);
    window.addEventListener("pointermove", move, OPTIONS); // plotly covers the page
    window.addEventListener("pointerup", release, { ...OPTIONS, once: true });
  });
  listen("pointerleave", (event) => event.target === element && on.leave());
}
