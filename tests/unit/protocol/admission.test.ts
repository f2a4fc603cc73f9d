import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type AdmissionInput,
  admit,
  FUTURE_TOLERANCE_MS,
  holeReason,
  type StreamState,
  VERDICTS,
  type Verdict,
} from "../../../protocol/admission.ts";
import { findConviction } from "../../../protocol/challenges.ts";
import type { Position } from "../../../protocol/evidence.ts";
import { HOLE_REASONS } from "../../../protocol/node.ts";
import { encodeRecord, RECORD_BYTES, type Reading, recordTimeMs } from "../../../protocol/record.ts";
import { chainHash, splitFrame } from "../../../protocol/signature.ts";
import { convictions } from "./convictions.ts";
import { forgeStream } from "./forged-stream.ts";
import {
  createProbe,
  FIRST_MS,
  makeReading,
  opensslVerifies,
  PERIOD_MS,
  type Probe,
} from "./signed-stream.ts";

const probe = createProbe();
const stranger = createProbe();

const first = encodeRecord(makeReading({ device: probe.device, seq: 0 }));
const second = makeReading({ device: probe.device, seq: 1, prev: chainHash(first) });

/** A stream that holds record 0. */
const afterFirst: StreamState = {
  device: probe.device,
  nextSeq: 1,
  lastTimeMs: FIRST_MS,
  previousChainHash: chainHash(first),
  revokedFromMs: undefined,
};
const fresh: StreamState = { ...afterFirst, nextSeq: 0, lastTimeMs: 0, previousChainHash: undefined };

function judge(frame: Uint8Array, change: Partial<AdmissionInput> = {}): Verdict {
  return admit({
    frame,
    stream: afterFirst,
    clock: { nowMs: FIRST_MS + PERIOD_MS, trusted: true, earliestMs: FIRST_MS - 1 },
    signatureIsValid: () => {
      const { record, signature } = splitFrame(frame);
      return opensslVerifies(record, signature, probe.publicKey);
    },
    storedAt: (seq) => {
      expect(seq).toBe(0);
      return { kind: "reading", record: first };
    },
    ...change,
  });
}

const signed = (change: Partial<Reading> = {}) => probe.frameOf(encodeRecord({ ...second, ...change }));

describe("admission", () => {
  it("stores the next record of a stream, and the first one", () => {
    expect(judge(signed())).toBe("stored");
    expect(judge(probe.frameOf(first), { stream: fresh })).toBe("stored");
  });

  it("answers a stored record with duplicate, whatever its signature's bytes, and another one with conflict", () => {
    expect(judge(probe.frameOf(first))).toBe("duplicate");
    expect(judge(probe.frameOf(first))).toBe("duplicate");
    expect(judge(signed({ seq: 0, prev: new Uint8Array(32) }))).toBe("conflict");
  });

  it("calls a record late whose position has become a hole", () => {
    expect(judge(probe.frameOf(first), { storedAt: () => ({ kind: "hole" }) })).toBe("late");
  });

  it("holds a record that has a gap before it, even if its time could never follow", () => {
    expect(judge(signed({ seq: 2 }))).toBe("ahead");
    expect(judge(signed({ seq: 2, timeMs: FIRST_MS }))).toBe("ahead");
  });

  it("calls everything malformed that is not a frame of schema 1", () => {
    const frame = signed();
    const otherSchema = frame.with(1, 2);
    for (const bytes of [new Uint8Array(), frame.subarray(0, 159), new Uint8Array(161), otherSchema])
      expect(judge(bytes, { stream: undefined })).toBe("malformed");
    expect(judge(frame.with(3, 0x20))).toBe("malformed");
    expect(judge(frame.with(2, frame[2]! ^ 1))).toBe("malformed");
  });

  it("knows no device that is not paired, or whose records come under another's name", () => {
    expect(judge(signed(), { stream: undefined })).toBe("unknown-device");
    expect(judge(signed({ device: stranger.device }))).toBe("unknown-device");
  });

  it("refuses a signature of another key, of other bytes, or of none", () => {
    expect(judge(stranger.frameOf(encodeRecord(second)))).toBe("bad-signature");
    expect(judge(signed().with(60, 1))).toBe("bad-signature");
    const unsigned = signed();
    unsigned.fill(0, RECORD_BYTES);
    expect(judge(unsigned)).toBe("bad-signature");
  });

  it("refuses a bad signature for a number that is stored already: it is no evidence of a clone", () => {
    const forged = signed({ seq: 0 }).with(60, 1);
    expect(judge(forged)).toBe("bad-signature");
  });

  it("refuses a record that does not continue the one before it, or begins with anything but zeros", () => {
    expect(judge(signed({ prev: new Uint8Array(32) }))).toBe("broken-chain");
    const beginning = { seq: 0, timeMs: FIRST_MS };
    expect(judge(signed({ ...beginning, prev: new Uint8Array(32).fill(1) }), { stream: fresh })).toBe(
      "broken-chain",
    );
  });

  it("asks nothing of the chain behind a hole", () => {
    const stream = { ...afterFirst, previousChainHash: undefined };
    expect(judge(signed({ prev: new Uint8Array(32).fill(1) }), { stream })).toBe("stored");
  });

  it("refuses a time that does not increase, and takes the next millisecond", () => {
    expect(judge(signed({ timeMs: FIRST_MS }))).toBe("not-increasing");
    expect(judge(signed({ timeMs: FIRST_MS - 1 }))).toBe("not-increasing");
    expect(judge(signed({ timeMs: FIRST_MS + 1 }))).toBe("stored");
  });

  it("refuses a time before the gateway's build, or ahead of a trusted clock by more than 300 s", () => {
    const clock = { nowMs: FIRST_MS, trusted: true, earliestMs: FIRST_MS + 10 };
    expect(judge(signed({ timeMs: FIRST_MS + 9 }), { clock })).toBe("impossible-time");
    expect(judge(signed({ timeMs: FIRST_MS + 10 }), { clock })).toBe("stored");
    const latest = FIRST_MS + FUTURE_TOLERANCE_MS;
    expect(judge(signed({ timeMs: latest }), { clock })).toBe("stored");
    expect(judge(signed({ timeMs: latest + 1 }), { clock })).toBe("impossible-time");
    expect(judge(signed({ timeMs: latest + 1 }), { clock: { ...clock, trusted: false } })).toBe("stored");
    expect(judge(signed({ timeMs: FIRST_MS + 9 }), { clock: { ...clock, trusted: false } })).toBe(
      "impossible-time",
    );
  });

  it("refuses readings from the time of a revocation on, and still knows the ones it has", () => {
    const stream = { ...afterFirst, revokedFromMs: second.timeMs };
    expect(judge(signed(), { stream })).toBe("revoked");
    expect(judge(signed({ timeMs: second.timeMs - 1 }), { stream })).toBe("stored");
    expect(judge(probe.frameOf(first), { stream: { ...stream, revokedFromMs: 0 } })).toBe("duplicate");
  });

  it("checks no signature, and reads no store, for an answer that does not depend on it", () => {
    const never = (): never => {
      throw new Error("asked without need");
    };
    const frame = signed();
    expect(judge(frame.with(1, 9), { signatureIsValid: never, storedAt: never })).toBe("malformed");
    expect(judge(frame, { stream: undefined, signatureIsValid: never, storedAt: never })).toBe(
      "unknown-device",
    );
    expect(judge(frame, { storedAt: never })).toBe("stored");
  });

  it("gives a hole the reason that its last verdict names, and not-received for every other", () => {
    for (const verdict of [...VERDICTS, undefined]) {
      const named = verdict !== undefined && verdict in HOLE_REASONS;
      expect(holeReason(verdict)).toBe(
        HOLE_REASONS[named ? (verdict as keyof typeof HOLE_REASONS) : "not-received"],
      );
    }
  });
});

/** What goes wrong with one record: at the probe (it signs it so) or on the way (the signature no longer fits). */
const CORRUPTIONS = {
  none: () => ({}),
  "other schema": () => ({ bytes: { at: 1, to: 3 } }),
  "undefined flag": () => ({ bytes: { at: 3, to: 0x40 } }),
  "slot against its flag": () => ({ bytes: { at: 2, to: 0xff } }),
  "changed on the way": () => ({ onTheWay: { at: 60, to: 0xee } }),
  "other key": () => ({ signer: stranger }),
  "other device": () => ({ change: { device: stranger.device } }),
  "broken chain": () => ({ change: { prev: new Uint8Array(32).fill(0xaa) } }),
  "time stands still": (lastMs: number) => ({ change: { timeMs: lastMs } }),
  "time goes back": (lastMs: number) => ({ change: { timeMs: Math.max(lastMs - 5, 0) } }),
  "a day too early": () => ({ change: { timeMs: FIRST_MS + 86_400_000 } }),
} satisfies Record<string, (lastMs: number) => Corruption>;

type Corruption = {
  change?: Partial<Reading>;
  bytes?: { at: number; to: number };
  onTheWay?: { at: number; to: number };
  signer?: Probe;
};

describe("what admission refuses", () => {
  it("is exactly what a challenge convicts, for chains with anything wrong anywhere", async () => {
    const names = Object.keys(CORRUPTIONS) as (keyof typeof CORRUPTIONS)[];
    const story = fc.array(fc.oneof(fc.constant("none" as const), fc.constantFrom(...names)), {
      minLength: 1,
      maxLength: 14,
    });
    const met = new Set<Verdict>();
    await fc.assert(
      fc.asyncProperty(story, async (corruptions) => {
        const nowMs = FIRST_MS + corruptions.length * PERIOD_MS;
        const stream = { ...fresh };
        const leaves: (Uint8Array | undefined)[] = [];
        let prev: Uint8Array = new Uint8Array(32);
        for (const [seq, name] of corruptions.entries()) {
          // No time comes before the first reading's.
          const isSilent = name.startsWith("time ") && stream.lastTimeMs === 0;
          const corruption: Corruption = isSilent ? {} : CORRUPTIONS[name](stream.lastTimeMs);
          const { frame, sent } = transmit({ seq, prev, corruption });
          prev = chainHash(sent);
          const verdict = judge(frame, {
            stream,
            clock: { nowMs, trusted: true, earliestMs: 0 },
            storedAt: () => expect.unreachable("no number comes twice"),
          });
          met.add(verdict);
          const asAnchored = { leaves: [...leaves, frame], publicKey: probe.publicKey, blockTimeMs: nowMs };
          const expected = convictions(asAnchored).map(({ conviction }) => conviction);
          expect(expected.length === 0, `${name} at ${seq}: ${verdict}`).toBe(verdict === "stored");
          const finding = await searchAnchored(asAnchored);
          if (finding.kind === "convicted") expect(expected).toContain(finding.conviction.code);
          else expect({ finding, verdict }).toEqual({ finding: { kind: "sound" }, verdict: "stored" });
          leaves.push(verdict === "stored" ? frame : undefined);
          stream.nextSeq++;
          stream.previousChainHash = verdict === "stored" ? chainHash(sent) : undefined;
          if (verdict === "stored") stream.lastTimeMs = recordTimeMs(frame);
        }
      }),
      { numRuns: 150 },
    );
    expect([...met].sort()).toEqual([
      "bad-signature",
      "broken-chain",
      "impossible-time",
      "malformed",
      "not-increasing",
      "stored",
      "unknown-device",
    ]);
  });
});

/** What the search for a conviction comes to when an operator anchors these leaves. */
function searchAnchored({
  leaves,
  publicKey,
  blockTimeMs,
}: {
  leaves: readonly (Uint8Array | undefined)[];
  publicKey: Uint8Array;
  blockTimeMs: number;
}) {
  const positions = leaves.map(
    (frame): Position =>
      frame === undefined
        ? { kind: "hole", reason: HOLE_REASONS["not-received"] }
        : { kind: "reading", frame },
  );
  const stream = forgeStream({ streamId: new Uint8Array(32).fill(1), positions });
  return findConviction({
    anchored: { ...stream, batch: 1, directory: { index: 0, siblings: [] } },
    publicKey,
    anchoredAtMs: blockTimeMs,
    verify: (record, signature) => opensslVerifies(record, signature, publicKey),
  });
}

/** What the gateway gets, and the record that the probe remembers having sent. */
function transmit({ seq, prev, corruption }: { seq: number; prev: Uint8Array; corruption: Corruption }) {
  const { change = {}, bytes, onTheWay, signer = probe } = corruption;
  const record = encodeRecord(makeReading({ device: probe.device, seq, prev, ...change }));
  const sent = bytes === undefined ? record : record.with(bytes.at, bytes.to);
  const frame = signer.frameOf(sent);
  return { sent, frame: onTheWay === undefined ? frame : frame.with(onTheWay.at, onTheWay.to) };
}
