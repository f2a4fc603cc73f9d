import { toHex } from "../../protocol/bytes.ts";
import type { Conviction } from "../../protocol/conviction.ts";
import type { Judgement } from "./judge.ts";

/** What is wrong, and what is missing, in words; `null` where nothing is. */
export function wordsOf({ convictions, missing }: Judgement): string | null {
  const sentences = [...convictions.map(sentenceOf), ...missing.map(({ sentence }) => sentence)];
  return sentences.length === 0 ? null : sentences.join("; ");
}

/** A conviction in one line, for a log, a report or a page. */
export function sentenceOf(conviction: Conviction): string {
  const where = (streamId: Uint8Array) => `in stream ${toHex(streamId)}`;
  switch (conviction.code) {
    case "BadCombine":
    case "BadChain": {
      const { level, index } = conviction.fork.top;
      return `${conviction.code} ${where(conviction.streamId)} below level ${level}, index ${index}`;
    }
    case "BadSignature":
      return `BadSignature ${where(conviction.streamId)} at position ${conviction.leaf.index}`;
    case "BadInside":
    case "BadOccupancy":
    case "FromTheFuture": {
      const { level, index } = conviction.node;
      return `${conviction.code} ${where(conviction.streamId)} at level ${level}, index ${index}`;
    }
    case "Rewritten": {
      const { level, index } = conviction.later;
      return `Rewritten ${where(conviction.streamId)} at level ${level}, index ${index}`;
    }
    case "Shrunk":
      return `Shrunk ${where(conviction.streamId)} since batch ${conviction.earlierBatch}`;
    case "BadDirectory":
      return `BadDirectory in batch ${conviction.batch} at entry ${conviction.second.index}`;
    case "Equivocation":
      return `Equivocation ${where(conviction.streamId)}`;
  }
}
