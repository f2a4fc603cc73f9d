/**
 * Philox 2x32 with ten rounds: a counter and a key to two independent 32-bit words.
 *
 * Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
export function philox2x32(counter: readonly [number, number], key: number): [number, number] {
  let [left, right] = counter;
  let roundKey = key >>> 0;
  for (let round = 0; round < 10; round++) {
    const product = BigInt(left) * 0xd256d193n;
    const high = Number(product >> 32n);
    const low = Number(product & 0xffffffffn);
    left = (high ^ roundKey ^ right) >>> 0;
    right = low;
    roundKey = (roundKey + 0x9e3779b9) >>> 0;
  }
  return [left, right];
}
