// plotly.js, loaded by a script tag; its package ships no types.

interface Window {
  Plotly: any;
}
