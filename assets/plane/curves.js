// Curves of a training, panel by panel, updated in place while it runs.

import { component } from "./component.js";
import { loadPlotly } from "./load-plotly.js";
import { pageTheme } from "./theme.js";

const PANEL_WIDTH = 170; // px below which a panel would be too narrow to stand beside another
const PANEL_HEIGHT = 260; // px

/** A message: {panels: [{title, series: [{name, x, y}]}], xTitle}. Panels show the same series, in the same order. */
export const mount = component((parent) => {
  parent.innerHTML = `<div class="lp-curves"></div>`;
  const graph = parent.firstElementChild;
  let last = null;
  const draw = async () => {
    const Plotly = await loadPlotly();
    const columns = Math.min(last.panels.length, Math.max(1, Math.floor(graph.clientWidth / PANEL_WIDTH)));
    graph.style.height = `${Math.ceil(last.panels.length / columns) * PANEL_HEIGHT + 40}px`;
    await Plotly.react(graph, traces(last, pageTheme(graph)), layout(last, columns, pageTheme(graph)), {
      displaylogo: false,
      responsive: true,
    });
  };
  const resize = new ResizeObserver(() => last && draw());
  resize.observe(graph);
  return {
    update({ data }) {
      last = data;
      draw().catch((error) => {
        console.error(error);
        graph.textContent = `The curves cannot be drawn: ${error.message}. Reload the page to try again.`;
      });
    },
    destroy() {
      resize.disconnect();
      window.Plotly?.purge(graph);
    },
  };
});

function traces({ panels }, theme) {
  const styles = [
    { color: theme.accent, dash: "solid" },
    { color: theme.text, dash: "dot" },
  ];
  return panels.flatMap(({ series }, panel) =>
    series.map(({ name, x, y }, i) => ({
      type: "scatter",
      mode: "lines+markers",
      name,
      legendgroup: name,
      showlegend: panel === 0,
      x,
      y,
      xaxis: `x${panel + 1}`,
      yaxis: `y${panel + 1}`,
      line: styles[i],
      marker: { size: 4 },
      hovertemplate: "epoch %{x}: %{y:.2f} nats<extra>%{fullData.name}</extra>",
    })),
  );
}

function layout({ panels, xTitle }, columns, theme) {
  const axis = { gridcolor: theme.border, zeroline: false, automargin: true };
  const axes = Object.fromEntries(
    panels.flatMap((_, i) => [
      [`xaxis${i + 1}`, { ...axis, title: { text: xTitle, standoff: 4 }, rangemode: "tozero" }],
      [`yaxis${i + 1}`, axis],
    ]),
  );
  const titles = panels.map(({ title }, i) => ({
    text: title,
    showarrow: false,
    x: 0,
    xref: `x${i + 1} domain`,
    xanchor: "left",
    y: 1,
    yref: `y${i + 1} domain`,
    yanchor: "bottom",
  }));
  return {
    ...axes,
    annotations: titles,
    uirevision: "the reader's zoom",
    grid: { rows: Math.ceil(panels.length / columns), columns, pattern: "independent", xgap: 0.25, ygap: 0.35 },
    margin: { l: 8, r: 8, t: 48, b: 8 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: theme.font, color: theme.text, size: 12 },
    legend: { orientation: "h", x: 0, y: 1, yanchor: "top", yref: "container" },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: theme.border, activecolor: theme.accent },
  };
}
