// The player of a film: its clock, and the position that it shows.

const FRAMES_PER_SECOND = 8; // at speed 1
const CALM_FRAMES_PER_SECOND = 2; // where motion is to be reduced: one picture after the other
const LONGEST_GAP = 100; // ms that count between two animation frames: a page in the background does not run ahead

/**
 * The position in a film of `n` frames, closed or not, after so many frames' time.
 * @param {number} time in frames, from 0
 * @param {{n: number, closed: boolean, loop: "off" | "loop" | "back"}} film position n of a closed one is frame 0 again
 * @returns {{position: number, ended: boolean}}
 */
export function positionAt(time, { n, closed, loop }) {
  const last = lastPosition({ n, closed });
  if (loop === "off") return { position: Math.min(time, last), ended: time >= last };
  if (loop === "loop") return { position: Math.min(time % n, last), ended: false }; // the last frame lasts, too
  const turn = time % (2 * last);
  return { position: turn <= last ? turn : 2 * last - turn, ended: false };
}

/** The position at which a film ends. */
export function lastPosition({ n, closed }) {
  return closed ? n : n - 1;
}

/** How long a frame is shown, in seconds. */
export function secondsPerFrame(speed) {
  return 1 / (FRAMES_PER_SECOND * speed);
}

/**
 * @param {{position: function(number): void, playing: function(boolean): void}} on told of every change
 * @returns a player that has no film yet
 */
export function createPlayer(on) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let film = null;
  let time = 0; // in frames
  let request = 0;
  let before = 0;

  const shown = () => positionAt(calm.matches ? Math.floor(time) : time, film);
  const framesPerSecond = () =>
    Math.min(FRAMES_PER_SECOND * film.speed, calm.matches ? CALM_FRAMES_PER_SECOND : Infinity);

  const tick = (now) => {
    const earlier = shown().position;
    time += (framesPerSecond() * Math.min(LONGEST_GAP, Math.max(0, now - before))) / 1000;
    before = now;
    const { position, ended } = shown();
    request = requestAnimationFrame(tick);
    if (position !== earlier) on.position(position);
    if (ended) player.pause();
  };

  const player = {
    get playing() {
      return request !== 0;
    },
    /** The film to play from now on, {n, closed, loop, speed}, or null; the position stays as far as it exists. */
    setFilm(next) {
      film = next;
      if (!film) player.pause();
      else if (!player.playing) time = Math.min(time, lastPosition(film));
    },
    play() {
      if (!film || player.playing) return;
      if (shown().ended) time = 0;
      before = performance.now();
      request = requestAnimationFrame(tick);
      on.playing(true);
    },
    pause() {
      if (!player.playing) return;
      cancelAnimationFrame(request);
      request = 0;
      if (film) time = shown().position;
      on.playing(false);
    },
    /** Go to a position; what plays goes on from there. */
    seek(position) {
      time = position;
    },
  };
  return player;
}
