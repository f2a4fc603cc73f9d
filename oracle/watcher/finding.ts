import type { Below } from "../../protocol/archive.ts";
import { toHex } from "../../protocol/bytes.ts";
import type { DirectoryEntry } from "../../protocol/directory.ts";
import type { TreeView } from "../../protocol/opening.ts";
import type { TreeFault } from "./descent.ts";

/** One stream in one batch: the batch's directory in its order, and the stream's tree as the operator committed to it. */
export type Committed = { batch: number; entries: readonly DirectoryEntry[]; view: TreeView };

/** What is wrong with a batch, and everything that shows it. */
export type Finding =
  | {
      code: Exclude<TreeFault, "Rewritten">;
      at: Committed;
      level: number;
      index: number;
      /** What hangs below a node on the way to the fault, or beside it. */
      below(level: number, index: number): Below | undefined;
    }
  | { code: "Rewritten"; at: Committed; earlier: Committed; level: number; index: number }
  | {
      code: "Shrunk";
      streamId: Uint8Array;
      at: { batch: number; entries: readonly DirectoryEntry[] };
      earlier: { batch: number; entries: readonly DirectoryEntry[] };
    }
  | { code: "BadDirectory"; at: { batch: number; entries: readonly DirectoryEntry[] }; index: number }
  | { code: "Equivocation"; streamId: Uint8Array; frames: [Uint8Array, Uint8Array] };

export type CaseCode = Finding["code"];

/** The stream that a finding is about; `undefined` where it is the whole batch. */
export function streamOf(finding: Finding): Uint8Array | undefined {
  switch (finding.code) {
    case "BadDirectory":
      return undefined;
    case "Shrunk":
    case "Equivocation":
      return finding.streamId;
    default:
      return finding.at.view.streamId;
  }
}

/** A finding in one line, for a log, a report or a page. */
export function sentenceOf(finding: Finding): string {
  const id = streamOf(finding);
  const stream = id === undefined ? "" : ` in stream ${toHex(id).slice(0, 18)}…`;
  switch (finding.code) {
    case "BadDirectory":
      return `BadDirectory: entries ${finding.index - 1} and ${finding.index} are equal or out of order`;
    case "Shrunk":
      return `Shrunk${stream}: smaller than in batch ${finding.earlier.batch}, or gone`;
    case "Equivocation":
      return `Equivocation${stream}: the probe signed two readings with one number`;
    case "Rewritten":
      return `Rewritten${stream}: level ${finding.level}, index ${finding.index}, against batch ${finding.earlier.batch}`;
    default:
      return `${finding.code}${stream}: level ${finding.level}, index ${finding.index}`;
  }
}
