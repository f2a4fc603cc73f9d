// Binary search in numbers that do not decrease.

/** Index of the first one that is at least `bound`; the length where there is none. */
export function firstAtLeast(sorted: readonly number[], bound: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! >= bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Index of the last one below `bound`; −1 where there is none. */
export function lastBelow(sorted: readonly number[], bound: number): number {
  return firstAtLeast(sorted, bound) - 1;
}
