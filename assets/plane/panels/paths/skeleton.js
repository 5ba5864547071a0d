// Markup of the paths panel.

const KINDS = {
  straight: ["Straight", "Straight lines from pin to pin, in order"],
  geodesic: ["Geodesic", "From pin to pin so that the picture changes as little as possible on the way"],
  drawn: ["Drawn", "A path drawn by hand on the plane"],
};

export const SKELETON = `
  <section class="lp-paths" aria-label="Pins and paths">
    <div class="lp-paths-bar">
      <h3>Pins</h3>
      <button type="button" data-do="keep" disabled>Keep this place</button>
      <button type="button" data-do="clear" hidden>Clear</button>
      <button type="button" data-do="undo" hidden>Undo</button>
      <span class="lp-paths-status" role="status"></span>
    </div>
    <ol class="lp-paths-pins" aria-label="Pins"></ol>
    <div class="lp-paths-bar">
      <h3>Path</h3>
      <form class="lp-paths-kinds" role="radiogroup" aria-label="Kind of path">
        ${Object.entries(KINDS).map(choice).join("")}
      </form>
      <label><input type="checkbox" name="closed">Close the loop</label>
      <button type="button" data-do="draw" aria-pressed="false">Draw a path</button>
    </div>
    <p class="lp-paths-hint"></p>
    <p class="lp-paths-progress" hidden><progress max="1"></progress><span role="status"></span></p>
    <p class="lp-paths-lengths"></p>
    <div class="lp-paths-film" hidden></div>
  </section>`;

function choice(/** @type {[string, string[]]} */ [kind, [title, explained]]) {
  return `<label title="${explained}"><input type="radio" name="kind" value="${kind}"><span>${title}</span></label>`;
}
