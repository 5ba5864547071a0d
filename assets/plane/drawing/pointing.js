// What a pointer means on the plane: it points, and a press that does not move is a click.

const CLICK_SLACK = 4; // px that a pointer may move between press and release of a click

/**
 * @param {HTMLElement} element the plane
 * @param {{point: function(PointerEvent): void, leave: function(): void, click: function(PointerEvent): void,
 *   busy: function(): boolean}} on busy: whether the pointer is at something else now, such as a pinch
 */
export function watchPointer(element, on) {
  const listen = (name, handler) => element.addEventListener(name, handler, { capture: true, passive: true });
  let pressed = null;
  const release = (event) => {
    const from = pressed;
    if (event.pointerId !== from?.pointerId) return;
    pressed = null;
    if (Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) <= CLICK_SLACK) on.click(event);
  };
  listen("pointermove", (event) => on.busy() || on.point(event));
  listen("pointerdown", (event) => {
    pressed = event.button === 0 && !on.busy() ? event : null;
    if (event.pointerType !== "mouse" && !on.busy()) on.point(event);
    window.addEventListener("pointerup", release, { capture: true, once: true }); // plotly covers the page
  });
  listen("pointerleave", (event) => event.target === element && on.leave());
}
