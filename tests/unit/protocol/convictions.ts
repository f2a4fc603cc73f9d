import { createHash } from "node:crypto";
import { READING_PREFIX } from "../../../protocol/signature.ts";
import { opensslVerifies } from "./signed-stream.ts";

/** The challenges of protocol §6 that leaves alone can decide. */
export type Conviction = "BadSignature" | "BadInside" | "BadChain" | "BadCombine" | "FromTheFuture";

/**
 * Every challenge that would succeed against a stream with these leaves (`undefined` is a hole), read from the text of
 * §6 and sharing no rule with admission.
 */
export function convictions({
  leaves,
  publicKey,
  blockTimeMs,
}: {
  leaves: readonly (Uint8Array | undefined)[];
  publicKey: Uint8Array;
  blockTimeMs: number;
}): { position: number; conviction: Conviction }[] {
  let lastMs: bigint | undefined;
  return leaves.flatMap((frame, position) => {
    if (frame === undefined) return [];
    const before = leaves[position - 1];
    const timeMs = uint(frame, 22, 6);
    const found: Conviction[] = [];
    const record = frame.subarray(0, 96);
    if (!opensslVerifies(record, frame.subarray(96), publicKey)) found.push("BadSignature");
    if (contradictsItsLeaf(frame, position, publicKey)) found.push("BadInside");
    if (before !== undefined && !follows(frame, before)) found.push("BadChain");
    if (lastMs !== undefined && timeMs <= lastMs) found.push("BadCombine");
    if (timeMs > BigInt(blockTimeMs) + 300_000n) found.push("FromTheFuture");
    lastMs = timeMs;
    return found.map((conviction) => ({ position, conviction }));
  });
}

function contradictsItsLeaf(frame: Uint8Array, position: number, publicKey: Uint8Array): boolean {
  const flags = Number(uint(frame, 2, 2));
  const device = createHash("sha256").update(publicKey).digest().readBigUInt64BE();
  const slotsFit = [0, 1, 2, 3, 4, 5, 6, 7].every(
    (slot) => (uint(frame, 32 + 4 * slot, 4) === 0n) === (((flags >> (8 + slot)) & 1) === 1),
  );
  return (
    uint(frame, 0, 2) !== 1n ||
    (flags & 0b1110_0000) !== 0 ||
    !slotsFit ||
    uint(frame, 4, 8) !== device ||
    uint(frame, 16, 6) !== BigInt(position) ||
    (position === 0 && frame.subarray(64, 96).some((byte) => byte !== 0))
  );
}

function follows(frame: Uint8Array, before: Uint8Array): boolean {
  const hash = createHash("sha256").update(READING_PREFIX).update(before.subarray(0, 96)).digest();
  return hash.equals(frame.subarray(64, 96));
}

function uint(bytes: Uint8Array, offset: number, length: number): bigint {
  return BigInt(`0x${Buffer.from(bytes.subarray(offset, offset + length)).toString("hex")}`);
}
