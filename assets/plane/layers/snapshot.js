// The plane as it is now, as a PNG file.

import { download } from "../format/download.js";

const SCALE = 2; // pixels of the file a px of the screen

/** Download the backdrop, the graph and the ink as one picture on the page's background. */
export async function downloadPicture(root, scatter, theme, name) {
  const { clientWidth: width, clientHeight: height } = root;
  const canvas = Object.assign(document.createElement("canvas"), { width: SCALE * width, height: SCALE * height });
  const context = canvas.getContext("2d");
  context.scale(SCALE, SCALE);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  const graph = new Image();
  graph.src = await window.Plotly.toImage(scatter.graph, { format: "png", width, height, scale: SCALE });
  await graph.decode();
  for (const layer of [root.querySelector(".lp-backdrop"), graph, root.querySelector(".lp-ink")]) {
    context.drawImage(layer, 0, 0, width, height);
  }
  nameClasses(context, root, theme);
  canvas.toBlob((blob) => download(blob, name));
}

function nameClasses(context, root, theme) {
  const corner = root.getBoundingClientRect();
  Object.assign(context, { font: `700 20px ${theme.font}`, textAlign: "center", textBaseline: "middle", lineWidth: 4 });
  Object.assign(context, { strokeStyle: theme.background, fillStyle: theme.text, lineJoin: "round" });
  for (const name of root.querySelectorAll(".lp-names span:not([hidden])")) {
    const box = name.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2 - corner.left, box.top + box.height / 2 - corner.top];
    context.strokeText(name.textContent, x, y);
    context.fillText(name.textContent, x, y);
  }
}
