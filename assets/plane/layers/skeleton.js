// Markup of the plane.

export const SKELETON = `
  <div class="lp-instrument">
    <div class="lp-toolbar" role="toolbar" aria-label="The plane"></div>
    <p class="lp-notice" role="alert" hidden></p>
    <div class="lp-plane" tabindex="0" role="application" aria-busy="true" aria-label="Latent plane. Arrow keys move z, \
Enter pins it, Escape returns to the pin, the question mark shows all keys.">
      <canvas class="lp-backdrop"></canvas>
      <div class="lp-graph"></div>
      <canvas class="lp-ink"></canvas>
      <div class="lp-names" aria-hidden="true"></div>
      <div class="lp-mark lp-cursor" hidden></div>
      <div class="lp-mark lp-pin" hidden></div>
      <div class="lp-scale" hidden></div>
      <div class="lp-thumbnail" hidden></div>
      <p class="lp-announcement" role="status"></p>
    </div>
    <aside class="lp-stage" hidden></aside>
    <p class="lp-count" role="status" hidden></p>
    <dialog class="lp-help" aria-label="Keys"></dialog>
  </div>`;
