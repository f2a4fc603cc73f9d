import { concatBytes, toHex, writeUint } from "../../protocol/bytes.ts";
import type { DirectoryEntry } from "../../protocol/directory.ts";
import type { Position } from "../../protocol/evidence.ts";
import { aggregateOf } from "../../protocol/node.ts";
import { encodeValue, RECORD_BYTES, recordTimeMs, slotOf } from "../../protocol/record.ts";
import { chainHash, signedBytes, splitFrame } from "../../protocol/signature.ts";
import type { Window } from "../../protocol/window.ts";
import type { OperatorsLie } from "./cases.ts";
import { type ForgedTree, forgeTree } from "./forged-tree.ts";

/** A probe whose readings are lied about; all its positions, of which an earlier batch has `sizeBefore`. */
export type Victim = {
  streamId: Uint8Array;
  positions: readonly Position[];
  sizeBefore: number;
  /** For whoever stole the probe's key. */
  sign: (signedBytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;
};

/** What is anchored in place of the honest batch, and the insured event that it says there was. */
export type ToldLie = { entries: DirectoryEntry[]; trees: ForgedTree[]; window: Window };

/** The lie goes over whole nodes of this level, so that no proof has to open one. */
const LEVEL = 3;
const WIDTH = 2 ** LEVEL;
/** So many of them are rewritten, where the past is. */
const REWRITTEN_NODES = 6;
/** What a shrunk stream leaves out of the readings that an earlier batch has, and of those since. */
const LEFT_OUT = 16;
const KEPT_BEFORE = 32;

const SUFFOCATING = encodeValue(1.2);
const RUNNING = encodeValue(3);
const [OXYGEN, CURRENT] = [slotOf("oxygen"), slotOf("current")];
const [MINS, MAXS, RECORD_VALUES] = [32, 64, 32];
const TOMORROW_MS = 86_400_000;

/** Nodes of `LEVEL` from `first` to `last`: what happened there is the operator's invention. */
type Span = { first: number; last: number };
type Change = (place: { level: number; index: number }, aggregate: Uint8Array) => Uint8Array;

/** Makes the lie of a case out of an honest batch: an insured event that never was, in all the victims' streams. */
export async function tellLie(
  lie: OperatorsLie,
  { entries, victims }: { entries: readonly DirectoryEntry[]; victims: readonly Victim[] },
): Promise<ToldLie> {
  const span = spanOf(lie, victims);
  const trees = await Promise.all(victims.map((victim) => forge(lie, victim, span)));
  const told = trees.map(({ streamId, size, root }) => ({ streamId, size, root }));
  return { entries: listed(lie, entries, told), trees, window: windowOf(trees, span) };
}

function spanOf(lie: OperatorsLie, victims: readonly Victim[]): Span {
  const size = Math.min(...victims.map((victim) => sizeTold(lie, victim)));
  const known = Math.max(...victims.map(({ sizeBefore }) => sizeBefore));
  // The reading before it is true, and another one comes behind it, which is not the stream's last.
  const last = Math.floor((size - 2) / WIDTH) - 1;
  switch (lie) {
    case "rewritten":
      return { first: Math.max(1, Math.floor(known / WIDTH) - REWRITTEN_NODES), last };
    case "shrunk":
      return { first: KEPT_BEFORE / WIDTH, last };
    default:
      return { first: Math.max(1, Math.ceil(known / WIDTH)), last };
  }
}

function sizeTold(lie: OperatorsLie, { positions, sizeBefore }: Victim): number {
  return lie === "shrunk" ? sizeBefore - LEFT_OUT : positions.length;
}

async function forge(lie: OperatorsLie, victim: Victim, span: Span): Promise<ForgedTree> {
  const { streamId, positions } = victim;
  const size = sizeTold(lie, victim);
  const tree = (change?: Change, told: readonly Position[] = positions) =>
    forgeTree({ streamId, positions: told.slice(0, size), ...(change === undefined ? {} : { lie: change }) });
  switch (lie) {
    case "bad-combine":
    case "rewritten":
    case "bad-directory":
      return tree(at(LEVEL, span, suffocating));
    case "bad-inside":
      return tree(at(0, span, suffocating));
    case "bad-occupancy":
      return tree(at(LEVEL - 1, span, (aggregate, index) => miscounted(suffocating(aggregate), index)));
    case "from-the-future": {
      const low = at(LEVEL, span, suffocating);
      return tree((place, aggregate) =>
        place.level === 0 && place.index === size - 1 ? tomorrow(aggregate) : low(place, aggregate),
      );
    }
    case "shrunk": {
      const low = at(0, span, suffocating);
      const stretch = stretchOf(victim, size);
      return tree((place, aggregate) =>
        place.level === 0 && place.index >= KEPT_BEFORE ? stretch(low(place, aggregate)) : aggregate,
      );
    }
    case "bad-signature":
      return tree(undefined, await retold(victim, span, async (_, signature) => signature));
    case "bad-chain":
      return tree(undefined, await retold(victim, span, (record) => victim.sign(signedBytes(record))));
  }
}

/** Changes the nodes of one level that lie within the span. */
function at(
  level: number,
  { first, last }: Span,
  change: (aggregate: Uint8Array, index: number) => Uint8Array,
): Change {
  return (place, aggregate) => {
    const node = Math.floor(place.index / 2 ** (LEVEL - level));
    return place.level === level && node >= first && node <= last
      ? change(aggregate, place.index)
      : aggregate;
  };
}

/** No oxygen, while the aerator drew current throughout. */
function suffocating(aggregate: Uint8Array): Uint8Array {
  for (const side of [MINS, MAXS]) {
    writeUint(aggregate, side + 4 * OXYGEN, 4, SUFFOCATING);
    writeUint(aggregate, side + 4 * CURRENT, 4, RUNNING);
  }
  return aggregate;
}

/** One too many on the left, one too few on the right: the sum above is right. */
function miscounted(aggregate: Uint8Array, index: number): Uint8Array {
  const { count } = aggregateOf(aggregate);
  writeUint(aggregate, 16, 4, index % 2 === 0 ? count + 1 : count - 1);
  return aggregate;
}

function tomorrow(aggregate: Uint8Array): Uint8Array {
  return withTime(aggregate, aggregateOf(aggregate).lastMs + TOMORROW_MS);
}

/** Fewer readings over the same time: what was left out would have shown that the water was good. */
function stretchOf({ positions }: Victim, size: number): (aggregate: Uint8Array) => Uint8Array {
  const timeAt = (index: number) => {
    const position = positions[index];
    if (position?.kind !== "reading") throw new RangeError(`the liar needs a reading at ${index}`);
    return recordTimeMs(position.frame);
  };
  const [fromMs, toMs] = [timeAt(KEPT_BEFORE - 1), timeAt(size - 1)];
  const factor = (timeAt(positions.length - 1) - fromMs) / (toMs - fromMs);
  return (aggregate) =>
    withTime(aggregate, Math.floor(fromMs + factor * (aggregateOf(aggregate).firstMs - fromMs)));
}

function withTime(aggregate: Uint8Array, timeMs: number): Uint8Array {
  writeUint(aggregate, 0, 6, timeMs);
  writeUint(aggregate, 6, 6, timeMs);
  return aggregate;
}

/** The readings of the span with other values, each continuing the one before it, signed as the liar can. */
async function retold(
  { positions }: Victim,
  { first, last }: Span,
  sign: (record: Uint8Array, signature: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<Position[]> {
  const told = [...positions];
  for (let index = first * WIDTH; index < (last + 1) * WIDTH; index++) {
    const [before, position] = [told[index - 1], told[index]];
    if (position?.kind !== "reading" || before?.kind !== "reading") continue;
    const { record: true_, signature } = splitFrame(position.frame);
    const record = true_.slice();
    writeUint(record, RECORD_VALUES + 4 * OXYGEN, 4, SUFFOCATING);
    writeUint(record, RECORD_VALUES + 4 * CURRENT, 4, RUNNING);
    record.set(chainHash(before.frame.subarray(0, RECORD_BYTES)), 64);
    const frame = concatBytes(record, await sign(record, signature));
    told[index] = { kind: "reading", frame };
  }
  return told;
}

/** The event as every victim's stream shows it: from the first invented reading to the last. */
function windowOf(trees: readonly ForgedTree[], { first, last }: Span): Window {
  const meta = (tree: ForgedTree, index: number) => aggregateOf(tree.node(LEVEL, index)!.body);
  return {
    fromMs: Math.min(...trees.map((tree) => meta(tree, first).firstMs)),
    toMs: Math.max(...trees.map((tree) => meta(tree, last).lastMs)),
  };
}

/** The directory in which the lie stands: in place of the truth, or right behind it. */
function listed(
  lie: OperatorsLie,
  entries: readonly DirectoryEntry[],
  told: readonly DirectoryEntry[],
): DirectoryEntry[] {
  const forged = new Map(told.map((entry) => [toHex(entry.streamId), entry]));
  return entries.flatMap((entry) => {
    const false_ = forged.get(toHex(entry.streamId));
    if (false_ === undefined) return [entry];
    return lie === "bad-directory" ? [entry, false_] : [false_];
  });
}
