// What must stay in sight while one looks at the plane: it lies over a corner when its own place is out of sight.

const ENOUGH = 0.7; // part of it that is in sight

/**
 * @param {HTMLElement} element
 * @returns {{watch: function(boolean): void}} whether it must stay in sight from now on
 */
export function createDock(element) {
  const slot = element.parentElement;
  let wanted = false;
  const dock = (away) => {
    if (away === element.matches(".lp-docked")) return;
    slot.style.minHeight = away ? `${slot.offsetHeight}px` : ""; // what is below stays where it is
    element.classList.toggle("lp-docked", away);
    if (away) {
      element.setAttribute("popover", "manual"); // the top layer: over a corner of the window, whatever is around it
      element.showPopover();
    } else {
      element.removeAttribute("popover");
    }
  };
  const look = ([{ intersectionRatio }]) => wanted && slot.isConnected && dock(intersectionRatio < ENOUGH);
  const observer = new IntersectionObserver(look, { threshold: [0, ENOUGH] });
  return {
    watch(now) {
      if (now === wanted) return;
      wanted = now;
      if (now) return observer.observe(slot);
      observer.disconnect();
      dock(false);
    },
  };
}
