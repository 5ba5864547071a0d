// Pages of pictures: a grid of buttons of which one at a time is in the order of the Tab key.

import { greyValues, paint } from "../../layers/paint.js";

const PAGE = 60; // pictures at a time

/**
 * @param {HTMLElement} element the grid, filled by this module
 * @param {{choose: function(number): void, failed: function(): void,
 *   turned: function({from: number, to: number, first: boolean, last: boolean}): void}} on
 *   choose: the index of the image that is pressed; failed: a picture did not come; turned: another page is shown, of
 *   the images number from…to, counted from 1
 */
export function createGallery(element, on) {
  let [payload, indices, page] = [null, [], 0];
  let turn = 0; // a newer page ends the loading of an older one

  const show = () => {
    turn += 1;
    const first = page * PAGE;
    const chosen = Array.from(indices.slice(first, first + PAGE));
    element.replaceChildren(...chosen.map((index) => tile(index, payload.labels[index])));
    if (element.firstChild) element.firstChild.tabIndex = 0;
    chosen.forEach((index, at) => fill(element.children[at].firstChild, index, turn));
    on.turned({ from: first + 1, to: first + chosen.length, first: page === 0, last: page === lastPage() });
  };
  const fill = async (canvas, index, mine) => {
    const { images, imageShape } = payload;
    try {
      const bytes = images.bytes(index) ?? (await images.load(index));
      if (mine === turn) paint(canvas, greyValues(bytes), imageShape);
    } catch {
      if (mine === turn) on.failed();
    }
  };
  const lastPage = () => Math.max(0, Math.ceil(indices.length / PAGE) - 1);
  const turnTo = (wanted) => {
    const before = page;
    page = Math.min(lastPage(), Math.max(0, wanted));
    if (page !== before) show();
    return page !== before;
  };

  /** Move the focus to a tile of this page; beyond its ends, to one of the next or the previous page. */
  const focus = (at) => {
    const n = element.children.length;
    if (at >= n) return turnTo(page + 1) ? focus(0) : focus(n - 1);
    if (at < 0) return turnTo(page - 1) ? focus(element.children.length - 1) : focus(0);
    for (const tile of element.children) tile.tabIndex = -1;
    element.children[at].tabIndex = 0;
    element.children[at].focus();
  };
  element.addEventListener("keydown", (event) => {
    const at = [...element.children].indexOf(document.activeElement);
    const columns = [...element.children].filter((tile) => tile.offsetTop === element.firstChild?.offsetTop).length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const turns = { PageUp: -1, PageDown: 1 };
    const ends = { Home: 0, End: element.children.length - 1 };
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in steps) focus(at + steps[event.key]);
    else if (event.key in ends) focus(ends[event.key]);
    else if (event.key in turns) turnTo(page + turns[event.key]) && focus(0);
    else return;
    event.preventDefault();
  });
  element.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button) on.choose(Number(button.dataset.index));
  });

  return {
    /** Show the first page of these images. */
    show(newPayload, newIndices) {
      [payload, indices, page] = [newPayload, newIndices, 0];
      show();
    },
    turn: (by) => turnTo(page + by),
    stop: () => (turn += 1),
  };
}

function tile(index, label) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", tabIndex: -1, title: `Image ${index}, a ${label}: go there` });
  button.setAttribute("aria-label", button.title);
  button.dataset.index = index;
  button.innerHTML = `<canvas width="28" height="28"></canvas>`;
  return button;
}
