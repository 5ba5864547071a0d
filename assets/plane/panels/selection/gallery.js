// Paged gallery of pictures: a grid of buttons with a single stop of the Tab key.

import { classOf } from "../../format/names.js";
import { greyValues, paint } from "../../layers/paint.js";

/** @import { SeenPayload } from "../../types.js" */

const PAGE = 60; // pictures

/**
 * @typedef {{from: number, to: number, first: boolean, last: boolean}} Page of the images number from…to, counted from 1
 *
 * @param {HTMLElement} element the grid, filled by this module
 * @param {{choose: (index: number) => void, failed: () => void, turned: (page: Page) => void}} on choose: an image was
 *   pressed; failed: a picture could not be loaded; turned: another page is shown
 */
export function createGallery(element, on) {
  /** @type {?SeenPayload} */
  let payload = null;
  let indices = new Int32Array();
  let page = 0;
  let turn = 0; // a newer page cancels the loading of an older one

  const tiles = () => /** @type {HTMLButtonElement[]} */ ([...element.children]);
  const show = (/** @type {SeenPayload} */ shown) => {
    turn += 1;
    const first = page * PAGE;
    const chosen = Array.from(indices.slice(first, first + PAGE));
    element.replaceChildren(...chosen.map((index) => createTile(index, classOf(shown, index).name)));
    const canvases = tiles().map((tile) => /** @type {HTMLCanvasElement} */ (tile.firstChild));
    if (tiles().length) tiles()[0].tabIndex = 0;
    chosen.forEach((index, at) => fill(shown, canvases[at], index, turn));
    on.turned({ from: first + 1, to: first + chosen.length, first: page === 0, last: page === lastPage() });
  };
  const fill = async (
    /** @type {SeenPayload} */ { images, imageShape }, /** @type {HTMLCanvasElement} */ canvas,
    /** @type {number} */ index, /** @type {number} */ mine,
  ) => {
    try {
      const bytes = images.bytes(index) ?? (await images.load(index));
      if (mine === turn) paint(canvas, greyValues(bytes), imageShape);
    } catch {
      if (mine === turn) on.failed();
    }
  };
  const lastPage = () => Math.max(0, Math.ceil(indices.length / PAGE) - 1);
  const turnTo = (/** @type {number} */ wanted) => {
    const before = page;
    page = Math.min(lastPage(), Math.max(0, wanted));
    if (page !== before && payload) show(payload);
    return page !== before;
  };

  /** Focus a tile of this page; beyond its ends, one of the next or the previous page. */
  const focus = (/** @type {number} */ at) => {
    const n = element.children.length;
    if (at >= n) return turnTo(page + 1) ? focus(0) : focus(n - 1);
    if (at < 0) return turnTo(page - 1) ? focus(element.children.length - 1) : focus(0);
    for (const tile of tiles()) tile.tabIndex = -1;
    tiles()[at].tabIndex = 0;
    tiles()[at].focus();
  };
  element.addEventListener("keydown", (event) => {
    const at = tiles().findIndex((tile) => tile === document.activeElement);
    const columns = tiles().filter((tile) => tile.offsetTop === tiles()[0].offsetTop).length;
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    /** @type {Record<string, number>} */
    const turns = { PageUp: -1, PageDown: 1 };
    /** @type {Record<string, number>} */
    const ends = { Home: 0, End: element.children.length - 1 };
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) focus(at + steps[event.key]);
    else if (event.key in ends) focus(ends[event.key]);
    else if (event.key in turns) turnTo(page + turns[event.key]) && focus(0);
    else return;
    event.preventDefault();
  });
  element.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest("button");
    if (button) on.choose(Number(button.dataset.index));
  });

  return {
    /**
     * Show the first page of these images.
     * @param {SeenPayload} shown
     * @param {Int32Array<ArrayBuffer>} chosen indices
     */
    show(shown, chosen) {
      [payload, indices, page] = [shown, chosen, 0];
      show(shown);
    },
    turn: (/** @type {number} */ by) => turnTo(page + by),
    stop: () => (turn += 1),
  };
}

/**
 * @param {number} index
 * @param {string} label
 */
function createTile(index, label) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", tabIndex: -1, title: `Image ${index}, a ${label}: go there` });
  button.setAttribute("aria-label", button.title);
  button.dataset.index = String(index);
  button.innerHTML = `<canvas width="28" height="28"></canvas>`;
  return button;
}
