// Markup of the pad.

export const SKELETON = `
  <section class="lp-pad" aria-label="Picture in">
    <h4>Picture in</h4>
    <div class="lp-modes" role="group" aria-label="Where the picture comes from">
      <button type="button" data-action="digit">Test digit</button>
      <button type="button" data-action="draw">Draw</button>
    </div>
    <div class="lp-entrance">
      <canvas class="lp-digit" width="28" height="28" data-for="digit" role="img" aria-label="The test digit"></canvas>
      <canvas class="lp-sheet" data-for="draw" aria-label="A sheet to draw a digit on, by mouse, pen or finger"></canvas>
      <canvas class="lp-preview" width="28" height="28" data-for="draw" title="What the encoder sees" hidden></canvas>
      <p class="lp-hint" hidden>Draw a digit here</p>
    </div>
    <div class="lp-choice">
      <p class="lp-caption"></p>
      <div class="lp-line" data-for="digit">
        <button type="button" data-action="before" aria-label="Digit before">‹</button>
        <input type="number" name="index" min="0" step="1" aria-label="Index of the digit">
        <button type="button" data-action="next" aria-label="Next digit">›</button>
        <button type="button" data-action="another">Another</button>
      </div>
      <div data-for="draw">
        <div class="lp-line">
          <label><input type="radio" name="pen" value="pen" checked> Pen</label>
          <label><input type="radio" name="pen" value="eraser"> Eraser</label>
        </div>
        <label class="lp-line">Width <input type="range" name="width" min="8" max="48" step="2"></label>
        <div class="lp-line">
          <button type="button" data-action="undo">Undo</button>
          <button type="button" data-action="clear">Clear</button>
        </div>
      </div>
      <label class="lp-upload" title="Or drop a picture here, or paste one">
        <input type="file" accept="image/png,image/jpeg,image/webp,image/gif,image/bmp"> Upload or paste a picture
      </label>
      <p class="lp-said" role="status"></p>
    </div>
    <div class="lp-numbers" hidden>
      <h4>Encoder, noise, z</h4>
      <table>
        <thead><tr><th>μ</th><th>σ</th><th>ε</th><th>z</th></tr></thead>
        <tbody></tbody>
      </table>
      <p class="lp-more"></p>
      <p class="lp-formula">z = μ + σ ε
        <button type="button" data-action="noise" title="Draw ε anew from N(0, 1)">New ε</button></p>
    </div>
  </section>`;
