// Player of a film: its clock and its position.

const FRAMES_PER_SECOND = 8; // at speed 1
const CALM_FRAMES_PER_SECOND = 2; // for readers who prefer reduced motion: one picture after the other
const LONGEST_GAP = 100; // ms that count between two animation frames, so that a hidden page does not run ahead

/**
 * A film of `n` frames; position n of a closed one is frame 0 again.
 * @typedef {{n: number, closed: boolean, loop: "off" | "loop" | "back", speed: number}} FilmTiming
 */

/**
 * The position after a time.
 * @param {number} time in frames
 * @param {Omit<FilmTiming, "speed">} film
 * @returns {{position: number, ended: boolean}}
 */
export function positionAt(time, { n, closed, loop }) {
  const last = lastPosition({ n, closed });
  if (loop === "off") return { position: Math.min(time, last), ended: time >= last };
  if (loop === "loop") return { position: Math.min(time % n, last), ended: false }; // the last frame has its full time
  const turn = time % (2 * last);
  return { position: turn <= last ? turn : 2 * last - turn, ended: false };
}

/**
 * The position at which a film ends.
 * @param {{n: number, closed: boolean}} film
 */
export function lastPosition({ n, closed }) {
  return closed ? n : n - 1;
}

/**
 * Duration of a frame.
 * @param {number} speed
 */
export function secondsPerFrame(speed) {
  return 1 / (FRAMES_PER_SECOND * speed);
}

/**
 * @param {{position: (position: number) => void, playing: (playing: boolean) => void}} on called after changes
 */
export function createPlayer(on) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {?FilmTiming} */
  let film = null;
  let time = 0; // in frames
  let request = 0;
  let before = 0;

  const shown = (/** @type {FilmTiming} */ current) => positionAt(calm.matches ? Math.floor(time) : time, current);
  const framesPerSecond = (/** @type {FilmTiming} */ { speed }) =>
    Math.min(FRAMES_PER_SECOND * speed, calm.matches ? CALM_FRAMES_PER_SECOND : Infinity);

  const tick = (/** @type {number} */ now) => {
    if (!film) return;
    const earlier = shown(film).position;
    time += (framesPerSecond(film) * Math.min(LONGEST_GAP, Math.max(0, now - before))) / 1000;
    before = now;
    const { position, ended } = shown(film);
    request = requestAnimationFrame(tick);
    if (position !== earlier) on.position(position);
    if (ended) player.pause();
  };

  const player = {
    get playing() {
      return request !== 0;
    },
    /**
     * Change the film; the position stays if it exists.
     * @param {?FilmTiming} next
     */
    setFilm(next) {
      film = next;
      if (!film) player.pause();
      else if (!player.playing) time = Math.min(time, lastPosition(film));
    },
    play() {
      if (!film || player.playing) return;
      if (shown(film).ended) time = 0;
      before = performance.now();
      request = requestAnimationFrame(tick);
      on.playing(true);
    },
    pause() {
      if (!player.playing) return;
      cancelAnimationFrame(request);
      request = 0;
      if (film) time = shown(film).position;
      on.playing(false);
    },
    /**
     * Jump to a position, without a pause.
     * @param {number} position
     */
    seek(position) {
      time = position;
    },
  };
  return player;
}
