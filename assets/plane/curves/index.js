// Training curves, updated in place so that zoom, scale and smoothing survive.

import { component } from "../component.js";
import { find } from "../dom.js";
import { loadPlotly } from "../layers/load-plotly.js";
import { pageTheme } from "../layers/theme.js";
import { figure } from "./figure.js";

/** @import { CurvesMessage } from "./figure.js" */

const FIRST_LEGEND = 30; // px, until the legend has been drawn and measured
const FIRST_SMOOTHING = 0.6;
const OPTIONS = {
  displaylogo: false,
  displayModeBar: true,
  modeBarButtonsToRemove: ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "sendChartToCloud"],
  toImageButtonOptions: { filename: "latent-plane-curves", scale: 2 },
  typesetMath: false,
};

const SKELETON = `
  <div class="lp-curves-tools" role="group" aria-label="How the curves are drawn">
    <button type="button" aria-pressed="false" title="Logarithmic y axes">Log scale</button>
    <label title="Exponential moving average of the training steps">
      Smoothing <input type="range" min="0" max="0.98" step="0.02" value="${FIRST_SMOOTHING}"><output></output>
    </label>
  </div>
  <div class="lp-curves" role="figure"></div>`;

/** A message's data: `CurvesMessage`. */
export const mount = component((parent) => {
  const frame = document.createElement("div");
  frame.className = "lp-curves-frame";
  frame.innerHTML = SKELETON;
  parent.append(frame); // beside the stylesheet that Streamlit has put there
  const graph = find(frame, ".lp-curves");
  const button = find(frame, "button", HTMLButtonElement);
  const label = find(frame, "label");
  const slider = find(label, "input", HTMLInputElement);
  const output = find(label, "output", HTMLOutputElement);
  /** @type {CurvesMessage} */
  let message = { panels: [], marks: [], xTitle: "", palette: [] };
  let drawn = ""; // identifies what the graph shows
  let legendHeight = FIRST_LEGEND;
  let drawing = Promise.resolve();

  const draw = async () => {
    const Plotly = await loadPlotly();
    const view = {
      theme: pageTheme(frame),
      width: graph.clientWidth,
      log: button.ariaPressed === "true",
      smoothing: Number(slider.value),
      touch: matchMedia("(pointer: coarse)").matches,
    };
    const wanted = JSON.stringify([message, view]);
    if (!view.width || wanted === drawn) return;
    drawn = wanted;
    const react = () => {
      const { data, layout } = figure(message, { ...view, legendHeight });
      return Plotly.react(graph, data, layout, OPTIONS);
    };
    await react();
    const needed = Math.ceil(/** @type {?SVGRectElement} */ (graph.querySelector(".legend .bg"))?.getBBox().height ?? 0);
    if (needed !== legendHeight) {
      legendHeight = needed;
      await react();
    }
  };
  const redraw = () => {
    drawing = drawing.then(draw).catch((error) => {
      console.error(error);
      graph.textContent = `The curves cannot be drawn: ${error.message}. Reload the page to try again.`;
    });
  };
  const showControls = () => {
    frame.hidden = !message.panels.length;
    button.hidden = !message.panels.some(({ log }) => log);
    label.hidden = !message.panels.some(({ series }) => series.some(({ role }) => role === "step"));
    graph.setAttribute("aria-label", `Curves: ${message.panels.map(({ title }) => title).join(", ")}`);
  };
  const showSmoothing = () => {
    output.value = Number(slider.value).toFixed(2);
  };

  button.addEventListener("click", () => {
    button.ariaPressed = String(button.ariaPressed !== "true");
    redraw();
  });
  slider.addEventListener("input", () => {
    showSmoothing();
    redraw();
  });
  showSmoothing();
  const resize = new ResizeObserver(() => message.panels.length && redraw());
  resize.observe(graph);
  return {
    update({ data }) {
      message = data;
      showControls();
      redraw();
    },
    destroy() {
      resize.disconnect();
      window.Plotly?.purge(graph);
      frame.remove();
    },
  };
});
