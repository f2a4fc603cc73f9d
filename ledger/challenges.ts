import { AbiCoder, type BytesLike, type TransactionRequest } from "ethers";
import { fromHex, toHex } from "../protocol/bytes.ts";
import type { CaseCode, Conviction, ShownEntry } from "../protocol/conviction.ts";
import { keccak } from "../protocol/hash.ts";
import type { BatchFork, BatchOpening } from "../protocol/opening.ts";
import type { Hex } from "../protocol/terms.ts";
import { interfaceOf } from "./artifacts.ts";
import type { Ledger } from "./client.ts";

/** Selector and salt: what comes before the evidence in a challenge's calldata. */
const SELECTOR_BYTES = 4;
const SALT_BYTES = 32;

/** What the ledger says of a stream. */
export type Standing = {
  usable: boolean;
  /** Time from which on the probe's readings decide nothing, or `undefined` where nobody showed such. */
  suspectFromMs: number | undefined;
};

/** A challenge, ready to be committed to and then sent. `salt` is 32 random bytes that nobody else knows. */
export type Challenge = { conviction: Conviction; salt: Uint8Array };

/** True where the case slashes the operator, and so must be committed to in an earlier block. */
export function needsCommitment({ code }: Conviction): boolean {
  return code !== "Equivocation";
}

/** The hash by which `challenger` commits to a challenge without saying what it is. */
export function commitmentOf({ conviction, salt }: Challenge, challenger: string): Hex {
  const data = fromHex(challengeData({ conviction, salt }));
  const evidence = keccak(data.subarray(0, SELECTOR_BYTES), data.subarray(SELECTOR_BYTES + SALT_BYTES));
  const words = AbiCoder.defaultAbiCoder().encode(
    ["address", "bytes32", "bytes32"],
    [challenger, salt, evidence],
  );
  return toHex(keccak(fromHex(words)));
}

/** Commits to a challenge, at least one block before it is sent. */
export function commitTransaction(ledger: Ledger, commitment: Hex): Promise<TransactionRequest> {
  return ledger.contracts.Challenges.commit.populateTransaction(commitment);
}

/** Convicts. Anybody who committed to it; reverts where the evidence shows nothing wrong, or is void already. */
export function challengeTransaction(ledger: Ledger, challenge: Challenge): TransactionRequest {
  return { to: ledger.deployment.contracts.Challenges, data: challengeData(challenge) };
}

/** What challenges have left of a stream in a batch. */
export async function readStanding(ledger: Ledger, streamId: Uint8Array, batch: number): Promise<Standing> {
  const { Challenges } = ledger.contracts;
  const [usable, suspectFromMs] = await Promise.all([
    Challenges.isUsable(toHex(streamId), batch),
    Challenges.suspectFromMs(toHex(streamId)),
  ]);
  const never = 2n ** 48n - 1n;
  return { usable, suspectFromMs: suspectFromMs === never ? undefined : Number(suspectFromMs) };
}

/** The call that convicts, as calldata. */
export function challengeData({ conviction, salt }: Challenge): Hex {
  const name = FUNCTIONS[conviction.code];
  const head = needsCommitment(conviction) ? [salt] : [];
  return interfaceOf("Challenges").encodeFunctionData(name, [...head, ...argumentsOf(conviction)]) as Hex;
}

const FUNCTIONS: Record<CaseCode, string> = {
  BadCombine: "badCombine",
  BadSignature: "badSignature",
  BadInside: "badInside",
  BadChain: "badChain",
  BadOccupancy: "badOccupancy",
  Rewritten: "rewritten",
  Shrunk: "shrunk",
  FromTheFuture: "fromTheFuture",
  BadDirectory: "badDirectory",
  Equivocation: "equivocation",
};

function argumentsOf(conviction: Conviction): (BytesLike | number | object)[] {
  switch (conviction.code) {
    case "BadCombine":
      return [conviction.streamId, forkOf(conviction.fork)];
    case "BadSignature":
      return [conviction.streamId, openingOf(conviction.leaf), conviction.frame];
    case "BadInside":
      return [conviction.streamId, openingOf(conviction.node), conviction.below];
    case "BadChain": {
      const { streamId, fork, earlierFrame, laterFrame } = conviction;
      return [streamId, forkOf(fork), earlierFrame, laterFrame];
    }
    case "BadOccupancy":
    case "FromTheFuture":
      return [conviction.streamId, openingOf(conviction.node)];
    case "Rewritten":
      return [conviction.streamId, openingOf(conviction.earlier), openingOf(conviction.later)];
    case "Shrunk": {
      const { streamId, earlierBatch, earlierEntry, laterBatch, laterEntries } = conviction;
      return [streamId, earlierBatch, entryOf(earlierEntry), laterBatch, laterEntries.map(entryOf)];
    }
    case "BadDirectory":
      return [conviction.batch, entryOf(conviction.first), entryOf(conviction.second)];
    case "Equivocation":
      return [conviction.streamId, conviction.oneFrame, conviction.otherFrame];
  }
}

function openingOf({ batch, directory, size, index, node, path }: BatchOpening) {
  return { batch, entry: directory.index, siblings: directory.siblings, size, index, node, path };
}

function forkOf({ top, left, right }: BatchFork) {
  return {
    top: openingOf(top),
    left: left.body,
    leftPath: left.path,
    right: right.body,
    rightPath: right.path,
  };
}

function entryOf({ streamId, size, root, index, siblings }: ShownEntry) {
  return { streamId, size, root, index, siblings };
}
