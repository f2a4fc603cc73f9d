import { AbiCoder, keccak256 } from "ethers";
import { challengeData, commitmentOf, needsCommitment } from "../../../ledger/challenges.ts";
import type { AnchoredStream } from "../../../protocol/anchored-tree.ts";
import { CASES, type Conviction } from "../../../protocol/conviction.ts";
import { type Directory, type DirectoryEntry, directoryOf } from "../../../protocol/directory.ts";
import type { Position } from "../../../protocol/evidence.ts";
import { sha256 } from "../../../protocol/hash.ts";
import { HOLE_REASONS } from "../../../protocol/node.ts";
import type { Reading } from "../../../protocol/record.ts";
import { encodeRecord } from "../../../protocol/record.ts";
import { chainHash, deviceId, signRecord } from "../../../protocol/signature.ts";
import type { ForgedStream } from "../protocol/forged-stream.ts";
import { gasOf, type Probe } from "./probes.ts";
import type { World } from "./world.ts";

export const PERIOD_MS = 60_000;

/** A batch with its directory as it was anchored, however false. */
export type AnchoredBatch = { batch: number; directory: Directory; anchoredAtMs: number; gas: number };

/** A stream that nobody looks into, so that directories have more than one entry. */
export function bystander(n: number): DirectoryEntry {
  const streamId = sha256(Uint8Array.of(n));
  return { streamId, size: 1 + n, root: sha256(streamId) };
}

/** Anchors a directory in whatever order its entries stand. */
export async function anchorEntries(
  world: World,
  entries: readonly DirectoryEntry[],
): Promise<AnchoredBatch> {
  const { batchLedger } = world.contracts;
  const directory = directoryOf(entries);
  const batch = Number(await batchLedger.lastBatch()) + 1;
  const operator = batchLedger.connect(world.accounts.operator);
  const sent = await operator.anchor(batch, directory.root, entries.length, batch, directory.root);
  return { batch, directory, anchoredAtMs: 1000 * (await world.time.latest()), gas: await gasOf(sent) };
}

/** Anchors one stream among others. */
export async function anchorStream(
  world: World,
  { streamId, size, root }: DirectoryEntry,
  others: readonly DirectoryEntry[] = [bystander(1), bystander(2), bystander(3), bystander(4)],
): Promise<AnchoredBatch> {
  const entries = [...others, { streamId, size, root }].sort((a, b) =>
    Buffer.compare(a.streamId, b.streamId),
  );
  return anchorEntries(world, entries);
}

/** A forged stream as the batch has it. */
export function inBatch(stream: ForgedStream, { batch, directory }: AnchoredBatch): AnchoredStream {
  return { ...stream, batch, directory: directory.prove(stream.streamId) };
}

export type Verdict = { code: string; batch: number; level: number; index: number };

/** Commits to a conviction and, a block later, sends it; what the ledger said it showed. */
export async function convict(
  world: World,
  conviction: Conviction,
  salt = sha256(Buffer.from("salt")),
): Promise<Verdict> {
  const { stranger } = world.accounts;
  const { challenges } = world.contracts;
  if (needsCommitment(conviction))
    await challenges.connect(stranger).commit(commitmentOf({ conviction, salt }, stranger.address));
  const sent = await stranger.sendTransaction({
    to: world.addresses.challenges,
    data: challengeData({ conviction, salt }),
  });
  const receipt = (await sent.wait())!;
  const said = receipt.logs
    .map((log) => challenges.interface.parseLog(log))
    .find((log) => log?.name === "Convicted");
  const { code, batch, level, index } = said!.args;
  return { code: CASES[Number(code)]!, batch: Number(batch), level: Number(level), index: Number(index) };
}

/** Writes a commitment into the ledger's storage, so that many can be tried without a transaction each. */
export async function pretendCommitted(
  world: World,
  conviction: Conviction,
  salt: Uint8Array,
): Promise<void> {
  if (!needsCommitment(conviction)) return;
  const commitment = commitmentOf({ conviction, salt }, world.accounts.stranger.address);
  const slot = keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [commitment, 0]));
  await world.networkHelpers.setStorageAt(world.addresses.challenges, slot, 1);
}

/** Readings that a probe signed, one a minute, with holes; `change` makes one differ from an honest one. */
export function signedPositions({
  probe,
  size,
  startMs,
  holes = [],
  change = () => ({}),
}: {
  probe: Probe;
  size: number;
  startMs: number;
  holes?: readonly number[];
  change?: (seq: number) => Partial<Reading>;
}): Position[] {
  let prev: Uint8Array = new Uint8Array(32);
  return Array.from({ length: size }, (_, seq): Position => {
    if (holes.includes(seq)) return { kind: "hole", reason: HOLE_REASONS["not-received"] };
    const frame = frameOf(probe, { seq, timeMs: startMs + seq * PERIOD_MS, prev, ...change(seq) });
    prev = chainHash(frame.subarray(0, 96));
    return { kind: "reading", frame };
  });
}

/** A signed frame of a reading; everything that is not said is unremarkable. */
export function frameOf(
  probe: Probe,
  reading: Partial<Reading> & Pick<Reading, "seq" | "timeMs">,
): Uint8Array {
  const record = encodeRecord({
    flags: 0,
    device: deviceId(probe.publicKey),
    beacon: 0,
    calibration: 0,
    values: [6 + (reading.seq % 7) / 10, 28, 7.4, null, 30, 0.6, 3.2, 0],
    prev: new Uint8Array(32),
    ...reading,
  });
  return frameSigned(probe, record);
}

export function frameSigned(probe: Probe, record: Uint8Array): Uint8Array {
  return Uint8Array.from([...record, ...signRecord(record, probe.secretKey)]);
}
