import { equalBytes } from "../../protocol/bytes.ts";
import type { TreeView } from "../../protocol/opening.ts";
import { heightOf, occupancy } from "../../protocol/tree.ts";

/** The highest node that is complete in both trees of a stream and not the same; `undefined` where the past stands. */
export function rewrittenPlace(
  now: TreeView,
  before: TreeView,
): { level: number; index: number } | undefined {
  const visit = (level: number, index: number): { level: number; index: number } | undefined => {
    const isComplete = (size: number) => occupancy(size, level, index) === 2 ** level;
    if (isComplete(now.size) && isComplete(before.size)) {
      const isSame = equalBytes(now.node(level, index).digest, before.node(level, index).digest);
      if (isSame) return undefined;
      return { level, index };
    }
    if (level === 0) return undefined;
    return visit(level - 1, 2 * index) ?? visit(level - 1, 2 * index + 1);
  };
  return visit(heightOf(Math.min(now.size, before.size)), 0);
}
