import { concatBytes } from "../../../protocol/bytes.ts";
import { heightOf, occupancy, type StreamTree } from "../../../protocol/tree.ts";

const BODY_BYTES = 128;

/** Name of a place in a tree. */
export function placeKey(level: number, index: number): string {
  return `${level}:${index}`;
}

/** Places that a walk opens. */
export function openedPlaces({ size, walk }: { size: number; walk: Uint8Array }): Set<string> {
  const opened = new Set<string>();
  let at = 0;
  const visit = (level: number, index: number): void => {
    const op = walk[at++];
    if (op === 2) at += BODY_BYTES;
    if (op !== 1) return;
    opened.add(placeKey(level, index));
    visit(level - 1, 2 * index);
    visit(level - 1, 2 * index + 1);
  };
  visit(heightOf(size), 0);
  return opened;
}

/** The walk that opens what it is told to, be that too much or too little for a window. */
export function walkOpening(
  tree: StreamTree,
  size: number,
  opens: (level: number, index: number) => boolean,
): Uint8Array {
  const visit = (level: number, index: number): Uint8Array[] => {
    if (occupancy(size, level, index) === 0) return [Uint8Array.of(0)];
    if (level === 0 || !opens(level, index)) return [Uint8Array.of(2), tree.node(level, index, size).body];
    return [Uint8Array.of(1), ...visit(level - 1, 2 * index), ...visit(level - 1, 2 * index + 1)];
  };
  return concatBytes(...visit(heightOf(size), 0));
}
