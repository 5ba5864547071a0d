// Markup of the selection panel.

export const SKELETON = `
  <section class="lp-selection" tabindex="-1" aria-label="Chosen images">
    <p class="lp-empty">Choose Lasso or Box above the plane and circle some digits.</p>
    <div class="lp-chosen" hidden>
      <div class="lp-row">
        <h4></h4>
        <button type="button" data-action="clear">Clear</button>
      </div>
      <div class="lp-summary">
        <ul class="lp-counts" aria-label="How many of each class"></ul>
        <div class="lp-means">
          <figure>
            <canvas width="28" height="28" role="img" aria-label="The mean of the chosen pictures"></canvas>
            <figcaption>mean of the pictures <span></span></figcaption>
            <progress max="1" aria-label="Pictures summed up" hidden></progress>
          </figure>
          <figure>
            <canvas width="28" height="28" role="img" aria-label="The picture decoded at the centroid"></canvas>
            <figcaption>decoded centroid of their means <span></span></figcaption>
          </figure>
        </div>
      </div>
      <div class="lp-gallery-page" role="group"
        aria-label="The chosen pictures. Arrow keys move, Page Up and Page Down turn pages."></div>
      <div class="lp-row">
        <button type="button" data-action="back" aria-label="Previous pictures">‹</button>
        <output></output>
        <button type="button" data-action="on" aria-label="Next pictures">›</button>
      </div>
      <div class="lp-row">
        <button type="button" data-action="csv" title="index, split, label, μ and log σ² of each">Export CSV</button>
        <button type="button" data-action="sheet" title="Their pictures in one PNG">Contact sheet</button>
      </div>
    </div>
    <p class="lp-said" role="status"></p>
  </section>`;
