// Sentences of the game.

import { formatNumber, formatZ } from "../../format/numbers.js";

/**
 * @import { Place } from "../../types.js"
 * @import { Round } from "./round.js"
 * @import { Target } from "./targets.js"
 */

/**
 * About a guess.
 * @param {ReturnType<Round["guess"]>} guess
 * @param {number} n its number
 */
export function ofGuess({ score, gain }, n) {
  return `Guess ${n}: ${score} of 100${compared(gain)}.`;
}

function compared(gain) {
  if (gain === null) return "";
  if (gain === 0) return ", as good as your best";
  return gain > 0 ? `, ${gain} better than your best` : `, ${-gain} short of your best`;
}

/**
 * About the state of a round: "34 s · 2 guesses · best 78".
 * @param {Round} round
 * @param {number} seconds
 */
export function ofTally(round, seconds) {
  const { best, guesses: { length: n } } = round;
  return [`${Math.round(seconds)} s`, counted(n), ...(best ? [`best ${best.score}`] : [])].join(" · ");
}

/**
 * About the answer.
 * @param {Pick<Round, "best" | "guesses" | "least">} round
 * @param {Pick<Target, "kind" | "place">} target
 * @param {{place: Place}} closest of all pictures
 * @param {(place: Place) => ArrayLike<number>} toLatent
 * @param {string} named the image, such as "test image 17, a 7"
 */
export function ofReveal(round, target, closest, toLatent, named) {
  const at = (/** @type {Place} */ place) => formatZ(toLatent(place));
  const { best, guesses: { length: n } } = round;
  const answer = target.kind === "digit"
    ? `It is ${named}. The encoder puts it at ${at(target.place)}`
    : `It was drawn at ${at(target.place)}`;
  const whereBest = target.kind === "digit" ? `, the plane's closest picture is at ${at(closest.place)}` : "";
  if (!best) return `${answer}${whereBest}. No guess was made: click the plane, or press Enter on it, the next time.`;
  const away = formatNumber(Math.hypot(...best.place.map((value, axis) => value - target.place[axis])));
  const made = `${best.score} of 100 after ${counted(n)} and ${Math.round(best.seconds)} s.`;
  const [yours, least] = [best.distance, round.least].map((distance) => formatNumber(distance, 1));
  const differs = `Your picture differs by ${yours}, the best place's by ${least}.`;
  return `${made} ${differs} ${answer}, ${away} away from your guess${whereBest}.`;
}

function counted(n) {
  return `${n} ${n === 1 ? "guess" : "guesses"}`;
}
