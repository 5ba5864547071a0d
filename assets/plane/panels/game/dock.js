// Dock: an element that moves to a corner of the window while its place in the page is out of view.

const ENOUGH = 0.7; // part in view above which it stays in place

/**
 * @param {HTMLElement} element
 * @param {HTMLElement} slot its parent, which keeps its place
 */
export function createDock(element, slot) {
  let wanted = false;
  const dock = (/** @type {boolean} */ away) => {
    if (away === element.matches(".lp-docked")) return;
    slot.style.minHeight = away ? `${slot.offsetHeight}px` : ""; // so that nothing below moves
    element.classList.toggle("lp-docked", away);
    if (away) {
      element.setAttribute("popover", "manual"); // the top layer, above everything on the page
      element.showPopover();
    } else {
      element.removeAttribute("popover");
    }
  };
  const observer = new IntersectionObserver(([{ intersectionRatio }]) => {
    if (wanted && slot.isConnected) dock(intersectionRatio < ENOUGH);
  }, { threshold: [0, ENOUGH] });
  return {
    /**
     * Keep it in view from now on, or no longer.
     * @param {boolean} now
     */
    watch(now) {
      if (now === wanted) return;
      wanted = now;
      if (now) return observer.observe(slot);
      observer.disconnect();
      dock(false);
    },
  };
}
