/**
 * Exact 90 % interval of a Poisson mean after `count` events (Garwood 1936): even nothing seen leaves room for three.
 *
 * Events that come in clusters make it too narrow; the bootstrap beside it keeps clusters whole.
 */
export function poissonInterval(count: number): { low: number; high: number } {
  const tail = 0.05;
  return {
    low: count === 0 ? 0 : bisect((mean) => 1 - cumulative(count - 1, mean) > tail, count),
    high: bisect((mean) => cumulative(count, mean) < tail, count),
  };
}

/** P(X ≤ count) for a Poisson mean, summed by logarithms so that large means do not vanish. */
function cumulative(count: number, mean: number): number {
  let logTerm = -mean;
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= count; i++) {
    logTerm += Math.log(mean / i);
    sum += Math.exp(logTerm);
  }
  return sum;
}

/** The least mean, to a millionth, from which on a condition holds. */
function bisect(holds: (mean: number) => boolean, count: number): number {
  let low = 0;
  let high = 10 + 3 * count;
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
