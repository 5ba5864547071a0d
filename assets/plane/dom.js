// Typed look-ups of elements that a module's own markup contains.

/**
 * The first element that matches; its class is checked, so that the type is right.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [type] such as HTMLCanvasElement; HTMLElement if omitted
 * @returns {T}
 */
export function find(root, selector, type = /** @type {any} */ (HTMLElement)) {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`there is no ${type.name} ${selector}`);
  return found;
}

/**
 * All elements that match.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [type]
 * @returns {T[]}
 */
export function findAll(root, selector, type = /** @type {any} */ (HTMLElement)) {
  return /** @type {T[]} */ ([...root.querySelectorAll(selector)].filter((found) => found instanceof type));
}

/**
 * The 2D context of a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function context2d(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("the browser gives no 2D canvas");
  return context;
}

/**
 * A new canvas.
 * @param {number} width px
 * @param {number} height px
 */
export function createCanvas(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}
