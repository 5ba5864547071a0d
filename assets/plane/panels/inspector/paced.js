// Work that follows the pointer frame by frame, if it is quick enough, and else waits until the pointer rests.

const REST = 100; // ms without a new value
const REMEMBERED = 3; // runs that the verdict rests on: a single slow one may be chance

/**
 * @param {function(any): void} work
 * @param {function(): void} wait called instead, when the work is put off
 * @param {number} budget ms that it may take while values come with every frame
 * @returns {{(value: any): void, stop: function(): void}} takes the newest value
 */
export function paced(work, wait, budget) {
  const costs = [];
  let timer = 0;
  const run = (value) => {
    const started = performance.now();
    work(value);
    costs.push(performance.now() - started);
    if (costs.length > REMEMBERED) costs.shift();
  };
  const take = (value) => {
    clearTimeout(timer);
    if (costs.length < REMEMBERED || Math.min(...costs) <= budget) return run(value);
    wait();
    timer = setTimeout(() => run(value), REST);
  };
  take.stop = () => clearTimeout(timer);
  return take;
}
