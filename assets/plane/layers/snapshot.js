// The current plane as a PNG file.

import { context2d, createCanvas, find } from "../dom.js";
import { downloadPng } from "../format/download.js";

/**
 * @import { Theme } from "../types.js"
 * @import { Scatter } from "./scatter.js"
 */

const SCALE = 2; // pixels of the file a px of the screen

/**
 * Download backdrop, graph and ink as one picture on the page's background.
 * @param {HTMLElement} root the plane
 * @param {Scatter} scatter
 * @param {Theme} theme
 * @param {string} name of the file
 */
export async function downloadPicture(root, scatter, theme, name) {
  const { clientWidth: width, clientHeight: height } = root;
  const canvas = createCanvas(SCALE * width, SCALE * height);
  const context = context2d(canvas);
  context.scale(SCALE, SCALE);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  const graph = new Image();
  graph.src = await window.Plotly.toImage(scatter.graph, { format: "png", width, height, scale: SCALE });
  await graph.decode();
  for (const layer of [find(root, ".lp-backdrop", HTMLCanvasElement), graph, find(root, ".lp-ink", HTMLCanvasElement)]) {
    context.drawImage(layer, 0, 0, width, height);
  }
  nameClasses(context, root, theme);
  await downloadPng(canvas, name);
}

function nameClasses(context, root, theme) {
  const corner = root.getBoundingClientRect();
  Object.assign(context, { font: `700 20px ${theme.font}`, textAlign: "center", textBaseline: "middle", lineWidth: 4 });
  Object.assign(context, { strokeStyle: theme.background, fillStyle: theme.text, lineJoin: "round" });
  for (const name of root.querySelectorAll(".lp-names span:not([hidden])")) {
    const box = name.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2 - corner.left, box.top + box.height / 2 - corner.top];
    context.strokeText(name.textContent ?? "", x, y);
    context.fillText(name.textContent ?? "", x, y);
  }
}
