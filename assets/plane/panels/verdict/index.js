// How good the model finds the picture at the machine's entrance: its −ELBO, and the real digits it lies next to.

import { elboTerms } from "../../math/elbo.js";
import { nearestMeans } from "../../math/neighbours.js";
import { standardNormals } from "../../math/normal.js";
import { formatNumber } from "../../format/numbers.js";
import { createDigits } from "../digit-row.js";
import { panel } from "../panel.js";
import { knownElbos, workOutElbos } from "./test-set-elbos.js";

const N_DRAWS = 16; // of z, the same ones every time
const N_NEIGHBOURS = 4;
const REST = 1500; // ms after the last change until the other images are worked out

const SKELETON = `
  <section class="lp-verdict" aria-label="How good the model finds it" hidden>
    <h4>−ELBO</h4>
    <p class="lp-elbo"></p>
    <p class="lp-rank"></p>
    <h4>It lies next to</h4>
    <div class="lp-beside"></div>
  </section>`;

/** A message: {channel}. Hears `input`; a digit signals `go`. */
export const mount = panel((parent) => {
  parent.innerHTML = SKELETON;
  const find = (selector) => parent.querySelector(selector);
  const [section, sum, rank] = ["section", ".lp-elbo", ".lp-rank"].map(find);
  let channel = null;
  let payload = null;
  let input = null;
  let elbo = 0;
  let timer = 0;
  let stop = () => {};
  const digits = createDigits(find(".lp-beside"), (index) => {
    const { latentDim: J, mu } = payload;
    channel.signal("go", { place: payload.toPlane(mu.subarray(index * J, (index + 1) * J)), pin: true });
  });

  const show = () => {
    stop();
    clearTimeout(timer);
    section.hidden = !input || !payload;
    if (section.hidden) return;
    const { pixels, mu, logvar } = input;
    const J = mu.length;
    const draws = standardNormals(N_DRAWS * J, 1);
    const rows = Array.from({ length: N_DRAWS }, (_, l) => draws.subarray(l * J, (l + 1) * J));
    const terms = elboTerms(payload, pixels, mu, logvar, rows);
    elbo = terms.elbo;
    const [total, reconstruction, kl] = [-elbo, -terms.reconstruction, terms.kl].map((nats) => formatNumber(nats, 1));
    sum.textContent = `${total} nats = reconstruction ${reconstruction} + KL ${kl}`;
    showRank();
    digits(payload, nearestMeans(payload.mu, mu, N_NEIGHBOURS));
    timer = setTimeout(() => (stop = workOutElbos(payload, showRank)), REST);
  };
  const showRank = () => {
    const elbos = knownElbos(payload);
    const n = elbos.length;
    if (!n) return (rank.textContent = "Comparing it with the other images…");
    const share = Math.round((100 * elbos.filter((other) => other < elbo).length) / n);
    const whole = n === payload.labels.length ? "" : " so far";
    rank.textContent = `Better than ${share} % of ${n.toLocaleString("en")} images${whole}.`;
  };
  return {
    connect: (connection) => (channel = connection),
    listeners: {
      payload(received) {
        payload = received;
      },
      input(received) {
        input = received;
        show();
      },
    },
    destroy() {
      stop();
      clearTimeout(timer);
    },
  };
});
