import type { DirectoryEntry, DirectoryProof } from "./directory.ts";
import type { BatchFork, BatchOpening } from "./opening.ts";

/** An entry of an anchored directory and where it stands. */
export type ShownEntry = DirectoryEntry & DirectoryProof;

/**
 * What convicts an operator, or a probe, by one case of protocol §6: exactly what the contract wants to see. Times and
 * places are in the evidence.
 */
export type Conviction =
  | { code: "BadCombine"; streamId: Uint8Array; fork: BatchFork }
  | { code: "BadSignature"; streamId: Uint8Array; leaf: BatchOpening; frame: Uint8Array }
  | { code: "BadInside"; streamId: Uint8Array; node: BatchOpening; below: Uint8Array }
  | {
      code: "BadChain";
      streamId: Uint8Array;
      fork: BatchFork;
      earlierFrame: Uint8Array;
      laterFrame: Uint8Array;
    }
  | { code: "BadOccupancy"; streamId: Uint8Array; node: BatchOpening }
  | { code: "Rewritten"; streamId: Uint8Array; earlier: BatchOpening; later: BatchOpening }
  | {
      code: "Shrunk";
      streamId: Uint8Array;
      earlierBatch: number;
      earlierEntry: ShownEntry;
      laterBatch: number;
      /** The stream's own entry; or, where it is absent, its neighbours. */
      laterEntries: ShownEntry[];
    }
  | { code: "FromTheFuture"; streamId: Uint8Array; node: BatchOpening }
  | { code: "BadDirectory"; batch: number; first: ShownEntry; second: ShownEntry }
  | { code: "Equivocation"; streamId: Uint8Array; oneFrame: Uint8Array; otherFrame: Uint8Array };

export type CaseCode = Conviction["code"];

/** The cases in the order of protocol §6, which is that of the contract's numbers. */
export const CASES = [
  "BadCombine",
  "BadSignature",
  "BadInside",
  "BadChain",
  "BadOccupancy",
  "Rewritten",
  "Shrunk",
  "FromTheFuture",
  "BadDirectory",
  "Equivocation",
] as const satisfies readonly CaseCode[];
