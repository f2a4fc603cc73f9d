import { philox2x32 } from "../science/philox.ts";

/** A stream of random numbers addressed by index: the same seed and index always give the same number. */
export type Noise = {
  /** Uniform in (0, 1). */
  uniform(index: number): number;
  /** Standard normal. */
  normal(index: number): number;
  /** Standard normal at whole positions, interpolated by a cosine between them. */
  smooth(position: number): number;
};

/**
 * Makes the stream named by a seed.
 *
 * Numbers are addressed, not drawn in turn, so a pond and its probes read the same whoever asks first, and again
 * after a restart.
 */
export function createNoise(seed: string): Noise {
  const key = fnv1a(seed);
  const pair = (index: number) => philox2x32([index >>> 0, Math.floor(index / 2 ** 32) >>> 0], key);
  const uniform = (index: number) => toUnit(pair(index)[0]);
  const normal = (index: number) => {
    const [first, second] = pair(index);
    return Math.sqrt(-2 * Math.log(toUnit(first))) * Math.cos(2 * Math.PI * toUnit(second));
  };
  const smooth = (position: number) => {
    const before = Math.floor(position);
    const weight = (1 - Math.cos(Math.PI * (position - before))) / 2;
    return normal(before) * (1 - weight) + normal(before + 1) * weight;
  };
  return { uniform, normal, smooth };
}

/** Open at both ends, because the logarithm of zero is not a number. */
function toUnit(word: number): number {
  return (word + 0.5) / 2 ** 32;
}

/** FNV-1a over UTF-16 code units: spreads seeds that differ in one character over the key space. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
