import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openFileKey, type Signer } from "../../../firmware-sim/key.ts";
import { type Outbox, openOutbox } from "../../../firmware-sim/outbox.ts";
import { createReader, type ReaderOptions } from "../../../firmware-sim/reader.ts";
import type { ReaderEvent } from "../../../firmware-sim/reader-event.ts";
import type { Source } from "../../../firmware-sim/source.ts";
import { PondproofError } from "../../../protocol/errors.ts";
import { decodeRecord, FLAG } from "../../../protocol/record.ts";
import { chainHash, deviceId, signedBytes, splitFrame, verifyRecord } from "../../../protocol/signature.ts";
import { createManualClock } from "../../factories.ts";

const START = 1_784_000_000_000;
const PERIOD_MS = 60_000;

let folder: string;
let signer: Signer;
let outbox: Outbox;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pondproof-reader-"));
  signer = await openFileKey(join(folder, "key.pem"));
});
beforeEach(() => {
  outbox = openOutbox({ path: join(folder, `${++files}.db`) });
});
afterAll(() => rm(folder, { recursive: true }));

const steady: Source = {
  async sample({ timeMs }) {
    return [{ timeMs, values: [6, 29, null, null, null, null, null, null], simulated: true }];
  },
};

/** A reader whose clock goes on by itself from sample to sample, `ticks` times, and then stops. */
async function run(ticks: number, options: Partial<ReaderOptions> = {}) {
  const stopped = new AbortController();
  const clock = createManualClock(START);
  const events: ReaderEvent[] = [];
  const left = { ticks };
  const reader = createReader({
    signer,
    source: steady,
    outbox: outbox.device(deviceId(signer.publicKey)),
    periodMs: PERIOD_MS,
    onEvent: (event) => events.push(event),
    ...options,
    clock: {
      now: () => (options.clock ?? clock).now(),
      async wait(untilMs, signal) {
        if (left.ticks-- === 0) stopped.abort();
        signal.throwIfAborted();
        clock.advance(untilMs - clock.now());
      },
    },
  });
  const ending = await reader.run(stopped.signal);
  return { ending, events, stats: reader.stats(), reader };
}

const frames = () => outbox.device(deviceId(signer.publicKey)).frames({ fromSeq: 0, limit: 1000 });
const readings = () => frames().map(({ frame }) => decodeRecord(splitFrame(frame).record));

describe("a reader", () => {
  it("makes a chain of signed records, one a period", async () => {
    const { ending, stats } = await run(5);
    expect(ending).toBe("stopped");
    expect(stats).toMatchObject({ sampled: 5, kept: 5, signed: 5 });
    const chain = frames().map(({ frame }) => splitFrame(frame));
    expect(chain.map(({ record }) => decodeRecord(record).seq)).toEqual([0, 1, 2, 3, 4]);
    chain.forEach(({ record, signature }, i) => {
      expect(verifyRecord(record, signature, signer.publicKey)).toBe(true);
      const prev = i === 0 ? new Uint8Array(32) : chainHash(chain[i - 1]!.record);
      expect(decodeRecord(record).prev).toEqual(prev);
      expect(decodeRecord(record).timeMs % PERIOD_MS).toBe(0);
    });
  });

  it("flags the first record after each power-up and goes on with the numbers", async () => {
    await run(2);
    await run(2);
    expect(readings().map(({ seq, flags }) => [seq, flags])).toEqual([
      [0, FLAG.simulated | FLAG.firstAfterPowerUp],
      [1, FLAG.simulated],
      [2, FLAG.simulated | FLAG.firstAfterPowerUp | FLAG.clockNotSynchronised],
      [3, FLAG.simulated | FLAG.clockNotSynchronised],
    ]);
  });

  it("signs what a power cut left unsigned, as it is, before it samples again", async () => {
    const cut = new Error("power cut");
    const dying: Signer = {
      publicKey: signer.publicKey,
      sign: () => Promise.reject(cut),
    };
    await expect(run(1, { signer: dying })).rejects.toBe(cut);
    const [pending] = outbox.device(deviceId(signer.publicKey)).unsigned();
    expect(pending?.seq).toBe(0);
    await run(1);
    const [first, second] = frames();
    expect(splitFrame(first!.frame).record).toEqual(pending!.record);
    expect(verifyRecord(pending!.record, splitFrame(first!.frame).signature, signer.publicKey)).toBe(true);
    expect(second!.seq).toBe(1);
  });

  it("never asks for a signature over a record that is not on the disk", async () => {
    const mine = outbox.device(deviceId(signer.publicKey));
    const order: string[] = [];
    await run(2, {
      outbox: {
        ...mine,
        async append(record) {
          const kept = await mine.append(record);
          order.push(`durable ${decodeRecord(record).seq}`);
          return kept;
        },
      },
      signer: {
        publicKey: signer.publicKey,
        sign(bytes) {
          order.push(`signed ${decodeRecord(bytes.slice(38)).seq}`);
          expect(bytes).toEqual(signedBytes(bytes.slice(38)));
          return signer.sign(bytes);
        },
      },
    });
    expect(order).toEqual(["durable 0", "signed 0", "durable 1", "signed 1"]);
  });

  it("says that its clock stepped back, and stamps what the clock says", async () => {
    let sampled = 0;
    const clock = {
      now: () => START + (++sampled > 6 ? -3_600_000 : sampled * 1000),
      wait: () => Promise.resolve(),
    };
    const { events, stats } = await run(5, { clock });
    expect(stats.clockSteps).toBe(1);
    expect(events).toEqual([expect.objectContaining({ event: "clock-stepped", toMs: START - 3_600_000 })]);
  });

  it("refuses samples when the outbox is full, tells it once, and goes on without a gap", async () => {
    outbox = openOutbox({ path: join(folder, `${++files}.db`), maxBytes: 2 * 160 });
    const full = await run(5);
    expect(full.stats).toMatchObject({ sampled: 5, kept: 2, refusedFull: 3 });
    expect(full.events).toEqual([{ event: "outbox-full", waiting: 2 }]);
    outbox.device(deviceId(signer.publicKey)).release(0);
    await run(1);
    expect(readings().map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("survives a source that fails, and tells the failure and the recovery once each", async () => {
    let asked = 0;
    const source: Source = {
      async sample(request) {
        if (++asked % 5 !== 0) throw new PondproofError("INVALID_ARGUMENT", { line: "silent" });
        return steady.sample(request);
      },
    };
    const { events, stats } = await run(6, { source });
    expect(stats).toMatchObject({ kept: 1, sourceFailures: 5 });
    expect(events.map(({ event }) => event)).toEqual(["source-failed", "source-recovered", "source-failed"]);
  });

  it("records every sample that a source has due, and ends with it", async () => {
    const source: Source = {
      async sample({ afterMs }) {
        if (afterMs !== null) return "end";
        return [1, 2, 3].map((second) => ({
          timeMs: START - 3_600_000 + second * 1000,
          values: [1, null, null, null, null, null, null, null],
          simulated: true,
        }));
      },
    };
    const { ending, events } = await run(5, { source });
    expect(ending).toBe("ended");
    expect(events).toEqual([{ event: "source-ended" }]);
    expect(readings().map(({ timeMs }) => timeMs - START)).toEqual([-3_599_000, -3_598_000, -3_597_000]);
  });

  it("names the last announced block in its records", async () => {
    const stopped = new AbortController();
    const clock = createManualClock(START);
    const reader = createReader({
      signer,
      source: steady,
      outbox: outbox.device(deviceId(signer.publicKey)),
      periodMs: PERIOD_MS,
      clock,
      onFrame: () => stopped.abort(),
    });
    reader.announce({ number: 5, hash: `0x${"00".repeat(28)}0badcafe` });
    const running = reader.run(stopped.signal);
    clock.advance(PERIOD_MS);
    await running;
    expect(readings()[0]!.beacon).toBe(0x0badcafe);
  });

  it("tells when its probe leaves the water and when it is back", async () => {
    let asked = 0;
    const source: Source = {
      async sample(request) {
        const samples = await steady.sample(request);
        asked++;
        return samples === "end"
          ? samples
          : samples.map((sample) => ({ ...sample, outOfWater: asked === 2 }));
      },
    };
    const { events } = await run(3, { source });
    expect(events.map((event) => ("open" in event ? event.open : event.event))).toEqual([true, false]);
    expect(readings().map(({ flags }) => (flags & FLAG.tampered) !== 0)).toEqual([false, true, false]);
  });

  it("tells of each part of its source once that it fails, and once that it is back", async () => {
    const wrong = [["board"], ["board", "bus"], ["bus"], []];
    let asked = 0;
    const source: Source = {
      ...steady,
      problems: () => wrong[asked++]!.map((part) => ({ part, problem: "silent" })),
    };
    const { events } = await run(4, { source });
    expect(events).toEqual([
      { event: "source-failed", part: "board", problem: "silent" },
      { event: "source-failed", part: "bus", problem: "silent" },
      { event: "source-recovered", part: "board" },
      { event: "source-recovered", part: "bus" },
    ]);
  });

  it("goes on sampling while its signer is away, and signs everything when it is back", async () => {
    let calls = 0;
    const shy: Signer = {
      publicKey: signer.publicKey,
      sign(bytes) {
        calls++;
        if (calls < 5) throw new PondproofError("SIGNER_FAILED", { problem: "away" });
        return signer.sign(bytes);
      },
    };
    const { events } = await run(4, { signer: shy });
    expect(readings().map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    expect(events.map((event) => ("part" in event ? `${event.event} ${event.part}` : event.event))).toEqual([
      "source-failed signer",
      "source-recovered signer",
    ]);
  });

  it("flags overdue calibration, and tells when another credential is in force", async () => {
    let asked = 0;
    const first = { serial: 7, overdue: false, sha256: "0x07", calibratedMs: 1 };
    const calibration = () =>
      asked++ < 2 ? first : { serial: 9, overdue: true, sha256: "0x09", calibratedMs: 2 };
    const { events } = await run(3, { calibration });
    expect(readings().map(({ calibration }) => calibration)).toEqual([7, 7, 9]);
    expect(readings().map(({ flags }) => (flags & FLAG.calibrationOverdue) !== 0)).toEqual([
      false,
      false,
      true,
    ]);
    expect(events).toEqual([
      { event: "calibrated", serial: 7, sha256: "0x07", calibratedMs: 1 },
      { event: "calibrated", serial: 9, sha256: "0x09", calibratedMs: 2 },
    ]);
  });

  it("keeps nothing under a number that could not be reserved", async () => {
    let asked = 0;
    const reserve = async () => {
      if (asked++ === 1) throw new PondproofError("OUTBOX_WRITE_FAILED");
    };
    const { events } = await run(3, { reserve });
    expect(readings().map(({ seq }) => seq)).toEqual([0, 1]);
    expect(events.map(({ event }) => event)).toEqual(["outbox-failed", "outbox-recovered"]);
  });
});
