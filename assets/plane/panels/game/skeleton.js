// What the game is made of.

export const SKELETON = `
  <section class="lp-game" aria-label="Find the digit">
    <p>Which place of the plane draws this picture? Move over the plane to try; click it, or press Enter on it, to guess.</p>
    <div class="lp-row">
      <label>The target is <select>
        <option value="digit">a real digit</option><option value="drawing">drawn by the decoder</option>
      </select></label>
      <button type="button" data-action="begin">New round</button>
      <button type="button" data-action="reveal" hidden>Reveal</button>
      <span class="lp-game-record"></span>
    </div>
    <div class="lp-round" hidden>
      <figure><canvas width="28" height="28" role="img" aria-label="The target"></canvas><figcaption>target</figcaption></figure>
      <figure><canvas width="28" height="28" role="img" aria-label="The picture at the place shown"></canvas><figcaption>here</figcaption></figure>
      <figure class="lp-guessed" hidden><canvas width="28" height="28" role="img" aria-label="Your best guess"></canvas><figcaption></figcaption></figure>
      <figure class="lp-closest" hidden><canvas width="28" height="28" role="img" aria-label="The plane's closest picture"></canvas><figcaption></figcaption></figure>
      <div class="lp-closeness">
        <label>Closeness <meter min="0" max="100"></meter></label> <b></b>
        <p class="lp-tally"></p>
        <p class="lp-rule">100: the closest picture on the whole plane. 0: no closer than a black one. Closeness is by ‖x − x′‖₂, the root
          of the summed squared differences of the grey values (0…1).</p>
      </div>
    </div>
    <p class="lp-outcome" role="status"></p>
    <p class="lp-spoken" role="status"></p>
  </section>`;
