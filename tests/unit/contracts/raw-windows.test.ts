import { p256 } from "@noble/curves/nist.js";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { concatBytes, toHex, uintWord } from "../../../protocol/bytes.ts";
import { sha256 } from "../../../protocol/hash.ts";
import {
  MOST_FRAMES,
  openRawScan,
  type RawRefusal,
  rawWindowOf,
  takePart,
} from "../../../protocol/raw-window.ts";
import type { Reading } from "../../../protocol/record.ts";
import { deviceId, signRecord, verifyRecord } from "../../../protocol/signature.ts";
import type { Window } from "../../../protocol/window.ts";
import { plant, randomStream, randomWindow } from "../protocol/random-streams.ts";
import {
  CHAIN_BEGIN_MS as BEGIN_MS,
  framesOf,
  CHAIN_STEP_MS as MINUTE_MS,
  signedChain,
  signPlaces,
} from "../protocol/signed-places.ts";
import { noteGas } from "./gas-book.ts";
import { anchor, gasOf, installProbe, type Probe, pondId, probeOf, windowProof } from "./probes.ts";
import { refusal, revertOf } from "./reverts.ts";
import { comparable } from "./windows.ts";
import { createWorld, type World } from "./world.ts";

const RUNS = process.env.POND_DEEP === undefined ? 60 : 1_000;
const NOT_COMMITTED = 2 ** 40 - 1;
/** Later than any random stream. */
const NOW_S = Date.parse("2040-01-01T00:00:00Z") / 1000;

/** What the ledger calls each refusal. */
const ERRORS: Record<RawRefusal["why"], string> = {
  "already-complete": "AlreadyComplete",
  "impossible-part": "ImpossiblePart",
  malformed: "MalformedRecord",
  "other-device": "OtherDevice",
  "not-signed": "NotSigned",
  "impossible-seq": "ImpossibleSeq",
  "from-the-future": "FromTheFuture",
  "time-not-increasing": "TimeNotIncreasing",
  "broken-chain": "BrokenChain",
  "no-reading-before": "NoReadingBefore",
  "no-reading-inside": "NoReadingInside",
};

describe("a raw window", () => {
  let world: World;
  let probe: Probe;
  let stranger: Probe;

  beforeAll(async () => {
    world = await createWorld();
    [probe, stranger] = [probeOf(world, 0), probeOf(world, 1)];
    await installProbe(world, probe, pondId("pond 1"));
    await world.time.increaseTo(NOW_S);
  });

  const raw = () => world.contracts.rawWindows.connect(world.accounts.stranger);

  const openOnLedger = async ({ fromMs, toMs }: Window): Promise<bigint> => {
    await raw().open(probe.streamId, fromMs, toMs);
    return lastId();
  };
  const lastId = async () => {
    const { rawWindows } = world.contracts;
    const events = await rawWindows.queryFilter("RawWindowOpened", -1);
    return (events.at(-1) as unknown as { args: { id: bigint } }).args.id;
  };

  /** Shows parts on the ledger and to the mirror, and makes sure that both say the same to each. */
  const show = async (window: Window, parts: readonly Uint8Array[]) => {
    const id = await openOnLedger(window);
    let scan = openRawScan(window);
    for (const frames of parts) {
      const committedAtS = Number(await raw().committedAt(toHex(sha256(frames)))) || undefined;
      const blockTimeS = (await world.time.latest()) + 1;
      await world.time.setNextBlockTimestamp(blockTimeS);
      const { streamId, publicKey } = probe;
      const outcome = takePart(scan, {
        streamId,
        publicKey,
        frames,
        committedAtS,
        blockTimeS,
        signatureIsValid: (record, signature) => verifyRecord(record, signature, publicKey),
      });
      const sent = raw().extend(id, toHex(frames), { gasLimit: 16_000_000 });
      if (!outcome.taken) {
        expect(await refusal(sent, world.contracts.rawWindows)).toBe(ERRORS[outcome.why]);
        return { id, scan, refused: outcome };
      }
      await sent;
      scan = outcome.scan;
      expect(await cursorOf(id)).toEqual({ frames: scan.frames, nextSeq: scan.last!.seq + 1 });
    }
    return { id, scan, refused: undefined };
  };
  const cursorOf = async (id: bigint) => {
    const { frames, nextSeq } = await raw().cursor(id);
    return { frames: Number(frames), nextSeq: Number(nextSeq) };
  };
  const isComplete = async (id: bigint): Promise<boolean> => (await raw().rawWindow(id)).complete;

  it("holds what a window proof says of the same readings, however it is cut into parts", async () => {
    let proven = 0;
    await fc.assert(
      fc.asyncProperty(
        randomStream({ maxSize: 30 }),
        randomWindow(),
        fc.infiniteStream(fc.integer({ min: 1, max: 12 })),
        async ({ places }, pick, lengths) => {
          const stream = signPlaces(places, probe);
          const window = pick(stream);
          const { id, scan, refused } = await show(window, cut(framesOf(stream.places), lengths));
          if (scan.phase !== "complete") {
            if (refused === undefined)
              expect(await refusal(raw().window(id), world.contracts.rawWindows)).toBe("NotComplete");
            return;
          }
          const tree = plant(stream);
          const batch = await anchor(world, [tree]);
          const proof = windowProof(tree, batch, { ...window, showBefore: true });
          const byProof = await world.contracts.windowVerifier.verify(
            probe.streamId,
            window.fromMs,
            window.toMs,
            proof,
          );
          const byFrames = await raw().window(id);
          expect(comparable(byFrames)).toEqual(comparable(byProof));
          expect(comparable(byFrames)).toEqual(comparable(rawWindowOf(scan)));
          expect(Number(byFrames.anchoredAt)).toBe(NOT_COMMITTED);
          proven++;
        },
      ),
      { numRuns: RUNS, seed: 11 },
    );
    expect(proven).toBeGreaterThan(RUNS / 5);
  });

  it("refuses on the ledger what TypeScript refuses, whatever byte of whatever frame is changed", async () => {
    const change = fc.record({ frame: fc.nat(), at: fc.nat(159), xor: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(
        randomStream({ maxSize: 16 }),
        change,
        fc.boolean(),
        async ({ places }, { frame: pick, at, xor }, signAgain) => {
          const stream = signPlaces(places, probe);
          const frames = framesOf(stream.places).map((frame) => frame.slice());
          const times = stream.places.flatMap((place) => (place.kind === "reading" ? [place.timeMs] : []));
          if (frames.length < 3) return;
          const altered = frames[pick % frames.length]!;
          altered[at]! ^= xor;
          if (signAgain) altered.set(signRecord(altered.subarray(0, 96), probe.secretKey), 96);
          await show({ fromMs: times[1]!, toMs: times.at(-2)! }, [concatBytes(...frames)]);
        },
      ),
      { numRuns: 2 * RUNS, seed: 12 },
    );
  });

  describe("of seven readings, a minute apart", () => {
    const window = { fromMs: BEGIN_MS + 2 * MINUTE_MS, toMs: BEGIN_MS + 4 * MINUTE_MS };
    const good = (): Uint8Array[] => signedChain(probe, 7);
    const refusedWith = async (frames: readonly Uint8Array[], asked = window) =>
      (await show(asked, [concatBytes(...frames)])).refused?.why;

    it("is whole with the reading after it, and the frames behind are not looked at", async () => {
      const frames = good();
      frames[6]!.fill(7);
      const { id, scan } = await show(window, [concatBytes(...frames)]);
      expect(scan.frames).toBe(6);
      const { streamId, fromMs, toMs, complete } = await raw().rawWindow(id);
      expect({ streamId, fromMs: Number(fromMs), toMs: Number(toMs), complete }).toEqual({
        streamId: toHex(probe.streamId),
        ...window,
        complete: true,
      });
      expect(comparable(await raw().window(id))).toMatchObject({ count: 3, missing: 0, maxGapMs: MINUTE_MS });
      expect(await refusal(raw().extend(id, toHex(good()[6]!)), raw())).toBe("AlreadyComplete");
    });

    it("counts numbers left out as holes, on both sides of its edges", async () => {
      const frames = good().filter((_, seq) => [0, 2, 4, 6].includes(seq));
      const { id } = await show(window, [concatBytes(...frames)]);
      expect(comparable(await raw().window(id))).toMatchObject({
        count: 2,
        missing: 3,
        maxGapMs: 2 * MINUTE_MS,
        before: { index: 0 },
      });
    });

    it("is the same with signatures in their high form", async () => {
      const low = await show(window, [concatBytes(...good())]);
      const high = await show(window, [concatBytes(...good().map(withHighS))]);
      expect(comparable(await raw().window(high.id))).toEqual(comparable(await raw().window(low.id)));
    });

    it("goes on only where it stands, by its prover, as long as it is not whole", async () => {
      const { id } = await show(window, [concatBytes(...good().slice(0, 4))]);
      const rest = toHex(concatBytes(...good().slice(4)));
      const other = world.contracts.rawWindows.connect(world.accounts.farmer);
      expect(await refusal(other.extend(id, rest), raw())).toBe("NotTheProver");
      expect(await refusal(raw().extend(id + 1n, rest), raw())).toBe("NotTheProver");
      const again = toHex(concatBytes(...good().slice(3)));
      const { name, args } = await revertOf(raw().extend(id, again), raw());
      expect({ name, args }).toEqual({ name: "ImpossibleSeq", args: [3n, 4n] });
      expect(await isComplete(id)).toBe(false);
      expect(await refusal(raw().window(id), raw())).toBe("NotComplete");
      await raw().extend(id, rest);
      expect(await isComplete(id)).toBe(true);
    });

    it("is refused with the rule that the first bad frame breaks", async () => {
      const remake = (seq: number, change: Partial<Reading>, by = probe) =>
        good().map((frame, i) => (i === seq ? signedChain(probe, 7, { [seq]: change }, by)[seq]! : frame));
      const rewrite = (seq: number, edit: (record: Uint8Array) => void) =>
        good().map((frame, i) => {
          if (i !== seq) return frame;
          const record = frame.slice(0, 96);
          edit(record);
          return concatBytes(record, signRecord(record, probe.secretKey));
        });
      expect(await refusedWith(rewrite(3, (record) => record.fill(2, 1, 2)))).toBe("malformed");
      for (const bit of [5, 6, 7])
        expect(await refusedWith(rewrite(3, (record) => record.fill(1 << bit, 3, 4)))).toBe("malformed");
      for (let slot = 0; slot < 8; slot++) {
        expect(await refusedWith(rewrite(3, (record) => record.fill(0, 32 + 4 * slot, 36 + 4 * slot)))).toBe(
          "malformed",
        );
        expect(await refusedWith(rewrite(3, (record) => record.fill(1 << slot, 2, 3)))).toBe("malformed");
      }
      expect(await refusedWith(remake(3, { device: deviceId(stranger.publicKey) }))).toBe("other-device");
      expect(await refusedWith(remake(3, {}, stranger))).toBe("not-signed");
      expect(await refusedWith(good().with(3, good()[2]!))).toBe("impossible-seq");
      expect(await refusedWith(remake(3, { seq: 2 ** 32 }))).toBe("impossible-seq");
      expect(await refusedWith(remake(3, { timeMs: BEGIN_MS + 2 * MINUTE_MS }))).toBe("time-not-increasing");
      expect(await refusedWith(remake(3, { prev: new Uint8Array(32) }))).toBe("broken-chain");
      expect(await refusedWith(remake(0, { prev: new Uint8Array(32).fill(1) }))).toBe("broken-chain");
      expect(await refusedWith(remake(0, { timeMs: 0 }))).toBe("time-not-increasing");
      expect(await refusedWith(good().slice(2))).toBe("no-reading-before");
      const between = { fromMs: BEGIN_MS + 1, toMs: BEGIN_MS + 2 };
      expect(await refusedWith(good(), between)).toBe("no-reading-inside");
    });

    it("takes parts of 1 to 1,000 whole frames", async () => {
      for (const length of [0, 159, 161, (MOST_FRAMES + 1) * 160]) {
        const refused = (await show(window, [new Uint8Array(length)])).refused;
        expect(refused).toMatchObject({ why: "impossible-part", length });
      }
    });

    it("is refused of an unknown probe, and backwards", async () => {
      expect(await refusal(raw().open(stranger.streamId, 1, 2), world.contracts.deviceRegistry)).toBe(
        "UnknownDevice",
      );
      expect(await refusal(raw().open(probe.streamId, 2, 1), raw())).toBe("WindowBackwards");
      const { streamId, complete } = await raw().rawWindow(1_000_000);
      expect({ streamId, complete }).toEqual({ streamId: `0x${"00".repeat(32)}`, complete: false });
    });

    it("was anchored when the last of its parts was committed", async () => {
      const parts = [good().slice(0, 3), good().slice(3)].map((frames) => concatBytes(...frames));
      const times: number[] = [];
      for (const part of parts) {
        await raw().commit(toHex(sha256(part)));
        times.push(await world.time.latest());
        await world.time.increase(100);
      }
      // The first time counts.
      await raw().commit(toHex(sha256(parts[0]!)));
      const { id, scan } = await show(window, parts);
      expect(Number((await raw().window(id)).anchoredAt)).toBe(times[1]);
      expect(rawWindowOf(scan).committedAtS).toBe(times[1]);

      const uncut = await show(window, [concatBytes(...parts)]);
      expect(Number((await raw().window(uncut.id)).anchoredAt)).toBe(NOT_COMMITTED);
      const half = await show(window, [parts[0]!, concatBytes(...good().slice(3, 6))]);
      expect(Number((await raw().window(half.id)).anchoredAt)).toBe(NOT_COMMITTED);
    });

    it("holds no record that is later than its commitment or its block by more than five minutes", async () => {
      const latest = (await world.time.latest()) + 2;
      const late = (aheadMs: number) =>
        signedChain(probe, 3, { 2: { timeMs: latest * 1000 + 300_000 + aheadMs } });
      const asked = { fromMs: BEGIN_MS + 1, toMs: BEGIN_MS + 2 * MINUTE_MS };
      const tooLate = concatBytes(...late(1));
      await world.time.setNextBlockTimestamp(latest - 1);
      const id = await openOnLedger(asked);
      await world.time.setNextBlockTimestamp(latest);
      expect(await refusal(raw().extend(id, toHex(tooLate)), raw())).toBe("FromTheFuture");
      await world.time.setNextBlockTimestamp(latest);
      await raw().extend(id, toHex(concatBytes(...late(0))));
      expect(await isComplete(id)).toBe(true);

      // Committed before it could have been measured: the time that has passed since does not help.
      const now = await world.time.latest();
      const early = concatBytes(...signedChain(probe, 3, { 2: { timeMs: now * 1000 + 400_000 } }));
      await raw().commit(toHex(sha256(early)));
      await world.time.increase(1_000);
      expect((await show(asked, [early])).refused?.why).toBe("from-the-future");
    });
  });

  it("costs at most 12,000 gas a reading, a thousand of them in one transaction", async () => {
    const frames = signedChain(probe, MOST_FRAMES);
    const timeOf = (seq: number) => BEGIN_MS + seq * MINUTE_MS;
    const id = await openOnLedger({ fromMs: timeOf(1), toMs: timeOf(MOST_FRAMES - 2) });
    const gas = await gasOf(await raw().extend(id, toHex(concatBytes(...frames)), { gasLimit: 16_777_216 }));
    expect(await isComplete(id)).toBe(true);
    expect(gas / MOST_FRAMES).toBeLessThanOrEqual(12_000);
    noteGas({ operation: "raw window, 1,000 readings in one part", gas, most: 12_000_000 });
  });
});

/** Frames joined to parts of these lengths. */
function cut(frames: readonly Uint8Array[], lengths: IterableIterator<number>): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < frames.length; ) {
    const length = lengths.next().value as number;
    parts.push(concatBytes(...frames.slice(from, from + length)));
    from += length;
  }
  return parts;
}

function withHighS(frame: Uint8Array): Uint8Array {
  const s = BigInt(toHex(frame.subarray(128)));
  return concatBytes(frame.subarray(0, 128), uintWord(p256.Point.Fn.ORDER - s));
}
