// Work that follows the pointer frame by frame if it is fast enough; otherwise it waits until the pointer rests.

const REST = 100; // ms without a new value
const REMEMBERED = 3; // runs to judge by; a single slow one may be chance

/**
 * @template Value
 * @param {(value: Value) => void} work
 * @param {() => void} wait called in its place when the work is put off
 * @param {number} budget ms that it may take a frame
 * @returns {{take: (value: Value) => void, stop: () => void}} take: the newest value
 */
export function paced(work, wait, budget) {
  /** @type {number[]} */
  const costs = [];
  let timer = 0;
  const run = (/** @type {Value} */ value) => {
    const started = performance.now();
    work(value);
    costs.push(performance.now() - started);
    if (costs.length > REMEMBERED) costs.shift();
  };
  return {
    take(value) {
      clearTimeout(timer);
      if (costs.length < REMEMBERED || Math.min(...costs) <= budget) return run(value);
      wait();
      timer = setTimeout(() => run(value), REST);
    },
    stop: () => clearTimeout(timer),
  };
}
