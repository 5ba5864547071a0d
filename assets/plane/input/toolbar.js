// The row above the plane: its backdrop, how its points are shown, its tools.

import { BACKDROPS } from "../format/names.js";
import { icon } from "./icons.js";

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
 * @param {HTMLElement} element filled by this module
 * @param {{change: function(object): void, tool: function(string): void, find: function(string): string,
 *   [action: string]: function(): void}} on change: options that the user changed; tool: the tool chosen; find: what is
 *   looked for, returns what came of it in words; and a function for each action: home, image, link, present, help,
 *   redraw, all
 * @returns {{show: function(object, string): void, fixPositions: function(boolean): void, closeSheet: function():
 *   boolean}} show: these options and this tool; fixPositions: whether there is no choice of where the points are
 */
export function createToolbar(element, on) {
  element.innerHTML = SKELETON;
  const [backdrops, options] = [element.querySelector(".lp-backdrops"), element.querySelector(".lp-options")];
  const found = element.querySelector(".lp-found");
  const inputs = [...options.querySelectorAll("input[type=range]")];

  backdrops.addEventListener("change", () => on.change({ backdrop: backdrops.value }));
  options.addEventListener("change", ({ target }) => {
    if (target.type === "radio") on.change({ positions: target.value });
  });
  for (const input of inputs) input.addEventListener("input", () => on.change({ [input.name]: Number(input.value) }));
  element.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    found.textContent = on.find(new FormData(event.target).get("find").trim());
  });
  element.addEventListener("click", (event) => {
    const { tool, action } = event.target.closest("button")?.dataset ?? {};
    if (tool) on.tool(tool);
    if (action) on[action]();
    if (action === "all") found.textContent = "";
  });
  const closeSheet = () => {
    const open = options.open;
    options.open = false;
    return open;
  };
  document.addEventListener("pointerdown", (event) => options.contains(event.target) || closeSheet());

  return {
    closeSheet,
    fixPositions: (fixed) => (options.querySelector("fieldset").hidden = fixed),
    show({ backdrop, positions, size, opacity }, tool) {
      backdrops.value = backdrop;
      for (const radio of options.querySelectorAll("[type=radio]")) radio.checked = radio.value === positions;
      options.querySelector("[data-action=redraw]").disabled = positions === "means";
      for (const input of inputs) {
        input.value = { size, opacity }[input.name];
        input.nextElementSibling.textContent = input.name === "size" ? `${size} px` : `${Math.round(100 * opacity)} %`;
      }
      for (const other of element.querySelectorAll("[data-tool]")) {
        other.setAttribute("aria-pressed", String(other.dataset.tool === tool));
      }
    },
  };
}
