// The picture of a real digit beside the pointer. All pictures lie in one sprite, tile by tile, 100 in a row.

const COLUMNS = 100;
const TILE = 28; // px
const SIZE = 64; // px on the screen
const OFFSET = 14; // px from the pointer

/** @param {HTMLElement} element positioned by this module, inside the element that `show` is given */
export function createThumbnail(element) {
  element.innerHTML = `<canvas width="${TILE}" height="${TILE}"></canvas><span></span>`;
  const [canvas, caption] = element.children;
  const image = new Image();
  return {
    /** Take the pictures from that address; null: show none. */
    use(url) {
      if (url && image.getAttribute("src") !== url) image.src = url;
    },
    /** Show picture `index` near a pointer event; -1, or pictures that have not come yet, show nothing. */
    show(index, label, event, within) {
      element.hidden = index < 0 || !image.naturalWidth;
      if (element.hidden) return;
      const [left, top] = [(index % COLUMNS) * TILE, Math.floor(index / COLUMNS) * TILE];
      canvas.getContext("2d").drawImage(image, left, top, TILE, TILE, 0, 0, TILE, TILE);
      caption.textContent = `${label} · test image ${index}`;
      const box = within.getBoundingClientRect();
      const x = event.clientX - box.left;
      const y = event.clientY - box.top;
      const leftwards = x + OFFSET + 2 * SIZE > box.width;
      element.style.translate = `${leftwards ? x - OFFSET : x + OFFSET}px ${Math.max(0, y - SIZE)}px`;
      element.classList.toggle("lp-leftwards", leftwards);
    },
    hide() {
      element.hidden = true;
    },
  };
}
