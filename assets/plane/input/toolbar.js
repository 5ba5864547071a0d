// Toolbar above the plane: backdrop, point options, tools, actions.

import { find, findAll } from "../dom.js";
import { BACKDROPS } from "../format/names.js";
import { icon } from "./icons.js";

/** @import { Options } from "../types.js" */

const TOOLS = {
  move: "Move: drag to pan, wheel to zoom",
  zoom: "Zoom into a box",
  lasso: "Lasso: circle digits to choose them",
  box: "Box: choose the digits in it",
  path: "Path: draw a way by hand",
};
const ACTIONS = {
  home: "Show all (0)",
  image: "Download as PNG",
  link: "Copy a link to this view",
  present: "Present (F)",
  help: "Keys (?)",
};

const SKELETON = `
  <select class="lp-backdrops" aria-label="Backdrop" title="Backdrop (B)">
    ${Object.entries(BACKDROPS).map(([name, title]) => `<option value="${name}">${title}</option>`).join("")}
  </select>
  <details class="lp-options">
    <summary title="How the points are shown">${icon("options")}<span>Points</span></summary>
    <div class="lp-options-sheet">
      <fieldset>
        <legend>Each image is put at</legend>
        <label><input type="radio" name="positions" value="means"> its mean μ</label>
        <label><input type="radio" name="positions" value="samples"> a draw z = μ + σε</label>
        <button type="button" data-action="redraw">Draw again</button>
      </fieldset>
      <label>Size <input type="range" name="size" min="1" max="12" step="0.5"><output></output></label>
      <label>Opacity <input type="range" name="opacity" min="0.05" max="1" step="0.05"><output></output></label>
      <form class="lp-find">
        <label>Find <input type="text" name="find" placeholder="7 or #1234" autocomplete="off" maxlength="12"></label>
        <button>Find</button>
        <button type="button" data-action="all">All</button>
        <output class="lp-found" role="status"></output>
      </form>
    </div>
  </details>
  <span class="lp-tools" role="group" aria-label="Tools">
    ${Object.entries(TOOLS).map(([name, title]) => button(name, title, `data-tool="${name}" aria-pressed="false"`)).join("")}
  </span>
  <span class="lp-actions">
    ${Object.entries(ACTIONS).map(([name, title]) => button(name, title, `data-action="${name}"`)).join("")}
  </span>`;

function button(name, title, more) {
  return `<button type="button" ${more} title="${title}" aria-label="${title}">${icon(name)}</button>`;
}

/**
 * @typedef {{change: (changes: Partial<Options>) => void, tool: (tool: any) => void, find: (text: string) => string}} Calls
 * @param {HTMLElement} element filled by this module
 * @param {Calls & Record<string, any>} on change: options that the user changed; tool: the tool chosen; find: a search
 *   term, returns the outcome in words; and a function for each action: home, image, link, present, help, redraw, all
 */
export function createToolbar(element, on) {
  element.innerHTML = SKELETON;
  const backdrops = find(element, ".lp-backdrops", HTMLSelectElement);
  const options = find(element, ".lp-options", HTMLDetailsElement);
  const [fieldset, redraw] = [find(options, "fieldset"), find(options, "[data-action=redraw]", HTMLButtonElement)];
  const [form, found] = [find(element, "form", HTMLFormElement), find(element, ".lp-found")];
  const radios = findAll(options, "[type=radio]", HTMLInputElement);
  const [size, opacity] = findAll(options, "[type=range]", HTMLInputElement);

  backdrops.addEventListener("change", () => on.change({ backdrop: backdrops.value }));
  for (const radio of radios) radio.addEventListener("change", () => on.change({ positions: radio.value }));
  size.addEventListener("input", () => on.change({ size: Number(size.value) }));
  opacity.addEventListener("input", () => on.change({ opacity: Number(opacity.value) }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    found.textContent = on.find(String(new FormData(form).get("find")).trim());
  });
  element.addEventListener("click", ({ target }) => {
    const { tool, action } = /** @type {Element} */ (target).closest("button")?.dataset ?? {};
    if (tool) on.tool(tool);
    if (action) on[action]();
    if (action === "all") found.textContent = "";
  });
  const closeSheet = () => {
    const { open } = options;
    options.open = false;
    return open;
  };
  document.addEventListener("pointerdown", ({ target }) => options.contains(/** @type {Node} */ (target)) || closeSheet());

  return {
    /** Close the sheet of options; returns whether it was open. */
    closeSheet,
    /**
     * Hide the choice of positions, where there is none.
     * @param {boolean} fixed
     */
    fixPositions(fixed) {
      fieldset.hidden = fixed;
    },
    /**
     * @param {Options} shown
     * @param {string} tool
     */
    show(shown, tool) {
      backdrops.value = shown.backdrop;
      for (const radio of radios) radio.checked = radio.value === shown.positions;
      redraw.disabled = shown.positions === "means";
      setRange(size, shown.size, `${shown.size} px`);
      setRange(opacity, shown.opacity, `${Math.round(100 * shown.opacity)} %`);
      for (const other of findAll(element, "[data-tool]")) {
        other.setAttribute("aria-pressed", String(other.dataset.tool === tool));
      }
    },
  };
}

/**
 * @param {HTMLInputElement} input
 * @param {number} value
 * @param {string} text beside it
 */
function setRange(input, value, text) {
  input.value = String(value);
  /** @type {HTMLElement} */ (input.nextElementSibling).textContent = text;
}
