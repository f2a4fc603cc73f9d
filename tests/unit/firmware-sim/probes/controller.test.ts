import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createControllerProbe } from "../../../../firmware-sim/controller-probe.ts";
import {
  createSigningController,
  type SigningController,
} from "../../../../firmware-sim/instruments/signing-controller.ts";
import { openFileKey, type Signer } from "../../../../firmware-sim/key.ts";
import { createMqttWire } from "../../../../firmware-sim/mqtt-wire.ts";
import { type Outbox, openOutbox } from "../../../../firmware-sim/outbox.ts";
import { type Controller, createController } from "../../../../firmware-sim/probes/controller.ts";
import {
  decodeToController,
  encodeToController,
} from "../../../../firmware-sim/probes/controller-packets.ts";
import type { ReaderEvent } from "../../../../firmware-sim/reader-event.ts";
import type { Line } from "../../../../firmware-sim/serial/line.ts";
import type { Clock } from "../../../../protocol/clock.ts";
import { decodeRecord, recordSeq } from "../../../../protocol/record.ts";
import {
  connectionBytes,
  deviceId,
  signedBytes,
  splitFrame,
  verifyRecord,
} from "../../../../protocol/signature.ts";
import { systemClock } from "../../../../service/system-clock.ts";
import { makeKey } from "../../../factories.ts";
import { isMissing, socat } from "../../../real-components.ts";
import { readFeed, SITE, startGateway } from "../../edge/harness.ts";
import {
  eventually,
  opened,
  openSerialPair,
  type RunningKeeper,
  runKeeper,
  type SerialPair,
} from "../serial-pair.ts";

const VALUES = [6, 29, null, null, null, null, null, null];
const PERIOD_MS = 600_000;

describe("a packet for a controller", () => {
  const { deviceId: device } = makeKey("packet");
  const ack = {
    kind: "ack",
    nextSeq: 70_000,
    timeMs: 1_784_000_000_123,
    beacon: 0xfffffff1,
    calibration: 7,
    clockSynchronised: true,
    calibrationOverdue: false,
  } as const;

  it("says what was put in", () => {
    expect(decodeToController(encodeToController(ack, device), device)).toEqual(ack);
    const prove = { kind: "prove", digest: new Uint8Array(32).fill(9) } as const;
    expect(decodeToController(encodeToController(prove, device), device)).toEqual(prove);
  });

  it("is nothing with one wrong bit, and nothing to another device", () => {
    const packet = encodeToController(ack, device);
    for (let bit = 0; bit < packet.length * 8; bit++) {
      const damaged = packet.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeToController(damaged, device)).toBeUndefined();
    }
    expect(decodeToController(packet, makeKey("other").deviceId)).toBeUndefined();
  });
});

describe.skipIf(isMissing(socat))("a microcontroller that signs by itself, on a real serial line", () => {
  let folder: string;
  let pair: SerialPair;
  let far: Line;
  let running: RunningKeeper;
  let signer: Signer;
  let outbox: Outbox;
  let play: SigningController;
  let events: ReaderEvent[];
  let stop: AbortController;
  let tasks: Promise<unknown>[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pondproof-controller-"));
    signer = await openFileKey(join(folder, "chip.pem"));
    outbox = openOutbox({ path: join(folder, "outbox.db") });
    pair = await openSerialPair();
    running = runKeeper(pair);
    await opened(running.keeper);
    play = createSigningController({ signer, nowMs: () => 1_784_000_000_000 });
    far = await pair.far();
    play.plug(far);
    events = [];
    stop = new AbortController();
    tasks = [];
  });
  afterEach(async () => {
    stop.abort();
    await Promise.all(tasks);
    await running[Symbol.asyncDispose]();
    await pair[Symbol.asyncDispose]();
    await outbox[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const mine = () => outbox.device(deviceId(signer.publicKey));
  const seqs = () =>
    mine()
      .frames({ fromSeq: mine().firstSeq(), limit: 1_000 })
      .map(({ seq }) => seq);
  const reader = (box: Outbox = outbox): Controller => {
    const controller = createController({
      name: "chip",
      line: running.keeper,
      publicKey: signer.publicKey,
      outbox: box.device(deviceId(signer.publicKey)),
      clock: systemClock,
      periodMs: PERIOD_MS,
      calibration: () => ({ serial: 77, overdue: true }),
      onEvent: (event) => events.push(event),
    });
    tasks.push(controller.run(stop.signal));
    return controller;
  };
  const told = () => eventually(() => expect(play.ack).toBeDefined());

  it("has its frames kept as it signed them, and forgets them when it is told that they are durable", async () => {
    reader();
    await told();
    for (let i = 0; i < 3; i++) await play.sample(VALUES);
    await eventually(() => expect(play.kept()).toEqual([]));
    const frames = mine().frames({ fromSeq: 0, limit: 9 });
    expect(frames.map(({ seq }) => seq)).toEqual([0, 1, 2]);
    for (const { frame } of frames) {
      const { record, signature } = splitFrame(frame);
      expect(verifyRecord(record, signature, signer.publicKey)).toBe(true);
      expect(decodeRecord(record).calibration).toBe(77);
    }
  });

  it("loses no frame to noise, and gives none twice", async () => {
    const controller = reader();
    await told();
    await play.sample(VALUES);
    await play.babble(Uint8Array.of(1, 2, 3, 0, 200, 200));
    await play.sample(VALUES);
    await play.babble(new Uint8Array(5_000).fill(7));
    await play.babble(Uint8Array.of(0));
    await eventually(async () => {
      await play.resend();
      expect(play.kept()).toEqual([]);
    });
    expect(seqs()).toEqual([0, 1]);
    expect(controller.stats().discardedBytes).toBeGreaterThan(4_000);
  });

  it("is asked for what is lacking; what it has forgotten is a gap that everybody hears of", async () => {
    reader();
    await told();
    await play.sample(VALUES);
    await eventually(() => expect(play.kept()).toEqual([]));
    await pair.unplug();
    await eventually(() => expect(running.keeper.state().state).toBe("lost"));
    for (let i = 0; i < 5; i++) await play.sample(VALUES).catch(() => undefined);
    play.forget(2);
    await pair.replug();
    play.plug(await pair.far());
    await opened(running.keeper);
    await eventually(async () => {
      await play.resend();
      expect(play.kept()).toEqual([]);
    });
    expect(events).toContainEqual({ event: "gap", fromSeq: 1, toSeq: 2 });
    expect(mine().head().nextSeq).toBe(6);
    expect(
      mine()
        .frames({ fromSeq: 3, limit: 9 })
        .map(({ seq }) => seq),
    ).toEqual([3, 4, 5]);
    // One block never hides the gap.
    expect(
      mine()
        .frames({ fromSeq: 0, limit: 9 })
        .map(({ seq }) => seq),
    ).toEqual([0]);
  });

  it("keeps its frames while the outbox is full", async () => {
    const small = openOutbox({ path: join(folder, "small.db"), maxBytes: 2 * 160 });
    const controller = reader(small);
    await told();
    for (let i = 0; i < 3; i++) await play.sample(VALUES);
    await eventually(() => expect(controller.stats().full).toBe(1));
    await eventually(() => expect(play.kept()).toEqual([2]));
    expect(events).toEqual([{ event: "source-failed", part: "chip", problem: "the outbox is full" }]);
    small.device(deviceId(signer.publicKey)).release(0);
    await play.resend();
    await eventually(() => expect(play.kept()).toEqual([]));
    expect(events.at(-1)).toEqual({ event: "source-recovered", part: "chip" });
    stop.abort();
    await Promise.all(tasks);
    await small[Symbol.asyncDispose]();
  });

  it("is not believed with another key's signature", async () => {
    const controller = reader();
    await told();
    const other = await openFileKey(join(folder, "thief.pem"));
    const thief = createSigningController({
      signer: { publicKey: signer.publicKey, sign: other.sign },
      nowMs: () => 1_784_000_000_000,
    });
    thief.plug(far);
    await thief.sample(VALUES);
    await eventually(() => expect(controller.stats().refused).toBe(1));
    expect(mine().isKnown()).toBe(false);
  });

  it("signs what opens its connection, and cannot be made to sign anything else", async () => {
    const controller = reader();
    await told();
    const bytes = connectionBytes({ site: SITE, clientId: "x" });
    expect(await controller.signer.sign(bytes)).toHaveLength(64);
    await expect(controller.signer.sign(signedBytes(new Uint8Array(96)))).rejects.toThrow("INVALID_ARGUMENT");
  });

  it("reaches the gateway's store with its own signatures", async () => {
    const gateway = await startGateway();
    gateway.gateway.pair({ publicKey: signer.publicKey, periodMs: PERIOD_MS });
    play = createSigningController({ signer, nowMs: () => gateway.clock.now() });
    await pair.unplug();
    await eventually(() => expect(running.keeper.state().state).toBe("lost"));
    await pair.replug();
    play.plug(await pair.far());
    // The gateway's time, which stands still; waits are the machine's.
    const pondClock: Clock = {
      now: () => gateway.clock.now(),
      wait: (untilMs, signal) => systemClock.wait(Date.now() + untilMs - gateway.clock.now(), signal),
    };
    const probe = createControllerProbe({
      name: "chip",
      site: SITE,
      line: running.keeper,
      publicKey: signer.publicKey,
      outbox,
      wire: (proving) =>
        createMqttWire({
          url: `mqtt://127.0.0.1:${gateway.gateway.ports.mqtt}`,
          site: SITE,
          signer: proving,
          clock: systemClock,
        }),
      metrics: ["oxygen", "temperature"],
      clock: pondClock,
      networkClock: systemClock,
      periodMs: PERIOD_MS,
      firmware: "chip/1",
      timeoutMs: 20_000,
    });
    tasks.push(probe.run(stop.signal));
    await eventually(() => expect(play.ack).toBeDefined());
    for (let i = 0; i < 3; i++) await play.sample(VALUES);
    await eventually(async () => {
      const stored = await readFeed(gateway.gateway);
      expect(stored.flatMap((item) => (item.kind === "reading" ? [recordSeq(item.frame)] : []))).toEqual([
        0, 1, 2,
      ]);
    });
    await eventually(() => expect(probe.stats().waiting).toBe(0));
    stop.abort();
    await Promise.all(tasks);
    await gateway[Symbol.asyncDispose]();
  });
});
