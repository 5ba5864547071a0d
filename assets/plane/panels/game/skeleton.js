// Markup of the game.

const figure = (/** @type {string} */ described, /** @type {string} */ caption) => `
  <figure>
    <canvas width="28" height="28" role="img" aria-label="${described}"></canvas><figcaption>${caption}</figcaption>
  </figure>`;

export const SKELETON = `
  <section class="lp-game" aria-label="Find the digit">
    <p>Which place of the plane draws this picture? Move over the plane to try; click it, or press Enter on it,
      to guess.</p>
    <div>
      <div class="lp-round">
        <div class="lp-row">
          <label>The target is <select>
            <option value="digit">a real digit</option><option value="drawing">drawn by the decoder</option>
          </select></label>
          <button type="button" data-action="begin">New round</button>
          <button type="button" data-action="reveal" hidden>Reveal</button>
          <button type="button" data-action="close" class="lp-close">Close</button>
          <span class="lp-record"></span>
        </div>
        <p class="lp-outcome" role="status"></p>
        <div class="lp-scene" hidden>
          ${figure("The target", "target")}
          ${figure("The picture at the place shown", "here")}
          ${figure("Your best guess", "")}
          ${figure("The plane's closest picture", "")}
          <div class="lp-closeness">
            <label>Closeness <meter min="0" max="100"></meter></label> <b></b>
            <p class="lp-tally"></p>
            <p class="lp-rule">100: the closest picture on the whole plane. 0: no closer than a black one.
              Pictures differ by ‖x − x′‖₂, the root of the summed squared differences of their grey values
              (0…1).</p>
          </div>
        </div>
      </div>
    </div>
    <p class="lp-spoken" role="status"></p>
  </section>`;
