// plotly.js, as the installed plotly package ships it; a classic script, so it is loaded by a tag.

let loading = null;

/** @returns {Promise<object>} Plotly, loaded once */
export function loadPlotly() {
  loading ??= window.Plotly ? Promise.resolve(window.Plotly) : load(new URL("./plotly.min.js", import.meta.url));
  return loading;
}

function load(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error(`cannot load ${url}`));
    document.head.append(script);
  });
}
