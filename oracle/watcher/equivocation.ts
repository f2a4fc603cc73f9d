import { equalBytes } from "../../protocol/bytes.ts";
import type { Conviction } from "../../protocol/conviction.ts";
import type { Feed } from "../../protocol/feed.ts";
import { recordSeq } from "../../protocol/record.ts";
import { splitFrame } from "../../protocol/signature.ts";
import type { Database } from "../database.ts";
import { createFrameVerifier } from "../verify.ts";
import type { Book, WatchedStream } from "./book.ts";
import type { ConflictSource } from "./conflicts.ts";
import type { Rebuilt } from "./rebuild.ts";

/** Items of one look at the gateway's feed. */
const LIMIT = 1_000;

/** Looks for a probe that contradicts itself: two signed records with one number. */
export type EquivocationWatch = {
  /**
   * Compares what a gateway holds with what was anchored, as far as both go; and of one probe, another one each turn,
   * what the gateway refused since it contradicts what was stored.
   * @throws FEED_UNREACHABLE
   */
  turn(signal: AbortSignal): Promise<Conviction[]>;
};

export function createEquivocationWatch({
  feed,
  refused,
  book,
  database,
}: {
  feed: Feed;
  refused: ConflictSource | undefined;
  book: Book;
  database: Database;
}): EquivocationWatch {
  const cursor = () =>
    Number(database.get<{ value: string }>("SELECT value FROM meta WHERE key = 'gateway'")?.value ?? 0);
  let turns = 0;

  const contradictions = async (signal: AbortSignal): Promise<Conviction[]> => {
    const streams = book.streams();
    const stream = streams[turns++ % streams.length];
    if (stream === undefined || refused === undefined) return [];
    for (const frame of await refused.conflicts(stream.device, signal)) {
      const seq = recordSeq(frame);
      const [anchored] = seq < stream.size ? book.positions(stream, { from: seq, to: seq }) : [];
      if (anchored?.kind !== "reading") continue;
      const equivocation = equivocationOf(stream, anchored.frame, frame);
      // The first one says from when on the probe is suspect; more of them say nothing new.
      if (equivocation !== undefined) return [equivocation];
    }
    return [];
  };

  return {
    async turn(signal) {
      const found: Conviction[] = [];
      const streams = new Map(book.streams().map((stream) => [stream.device, stream]));
      let after = cursor();
      for (const item of await feed.read({ after, limit: LIMIT, signal })) {
        const stream = streams.get(item.device);
        // What is not anchored yet is compared when it is.
        if (stream !== undefined && item.seq >= stream.size) break;
        after = item.cursor;
        if (stream === undefined || item.kind === "hole") continue;
        const [anchored] = book.positions(stream, { from: item.seq, to: item.seq });
        if (anchored?.kind !== "reading") continue;
        const equivocation = equivocationOf(stream, anchored.frame, item.frame);
        if (equivocation !== undefined) found.push(equivocation);
      }
      database.run("INSERT OR REPLACE INTO meta VALUES ('gateway', ?)", String(after));
      return [...found, ...(await contradictions(signal))];
    },
  };
}

/** The first position at which a correction brings another signed record than stood there before. */
export function equivocationIn(book: Book, { stream, from, positions }: Rebuilt): Conviction | undefined {
  if (from >= stream.size) return undefined;
  const before = book.positions(stream, { from, to: stream.size - 1 });
  for (const [i, old] of before.entries()) {
    const now = positions[i];
    if (old.kind !== "reading" || now?.kind !== "reading") continue;
    const found = equivocationOf(stream, old.frame, now.frame);
    if (found !== undefined) return found;
  }
  return undefined;
}

function equivocationOf(
  { streamId, publicKey }: WatchedStream,
  oneFrame: Uint8Array,
  otherFrame: Uint8Array,
): Conviction | undefined {
  const [one, other] = [splitFrame(oneFrame), splitFrame(otherFrame)];
  // Signatures are never compared: a probe may sign one record twice.
  if (equalBytes(one.record, other.record)) return undefined;
  const verifies = createFrameVerifier(publicKey);
  const bothSigned = [one, other].every(({ record, signature }) => verifies(record, signature));
  return bothSigned ? { code: "Equivocation", streamId, oneFrame, otherFrame } : undefined;
}
