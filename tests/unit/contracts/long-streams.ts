import { proveWindow } from "../../../protocol/window.ts";
import { syntheticTree } from "./synthetic.ts";

export const LONG_PERIOD_MS = 60_000;
const BREACHED = [0.213, 1.847] as const;

type LongStream = {
  streamId: Uint8Array;
  size: number;
  edges: readonly number[];
  startMs: number;
  frames?: ReadonlyMap<number, Uint8Array>;
};

/** A stream of one breached reading a minute. */
export function longTree(options: LongStream) {
  return syntheticTree({ periodMs: LONG_PERIOD_MS, oxygenOf: () => BREACHED, ...options });
}

/** A window of so many readings where its proof is longest, in a stream of `size`, with the reading before shown. */
export function worstWindow({
  streamId,
  size,
  startMs,
  readings,
}: Omit<LongStream, "edges"> & { readings: number }) {
  const windows = candidates(size, readings).map((first) => {
    const last = first + readings - 1;
    const tree = longTree({ streamId, size, startMs, edges: [first - 1, first, last, last + 1] });
    const fromMs = startMs + first * LONG_PERIOD_MS;
    const toMs = startMs + last * LONG_PERIOD_MS;
    return { tree, fromMs, toMs, bytes: proveWindow(tree, { fromMs, toMs, showBefore: true }).length };
  });
  return windows.reduce((worst, window) => (window.bytes > worst.bytes ? window : worst));
}

/** Where such a window may begin: around the borders of large subtrees, as far from any pair as can be. */
function candidates(size: number, readings: number): number[] {
  const top = 2 ** Math.floor(Math.log2(size - 1));
  const borders = [top, top / 2, top / 4, (3 * top) / 4];
  const firsts = borders.flatMap((border) =>
    [0.5, 0.25, 0.75].flatMap((part) =>
      [-1, 0, 1, 2].map((odd) => border - Math.floor(part * readings) + odd),
    ),
  );
  return [...firsts, Math.floor((size - readings) / 2)].filter(
    (first) => first >= 1 && first + readings < size,
  );
}
