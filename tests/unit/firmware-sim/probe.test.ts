import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { LiveEvent } from "../../../edge/live.ts";
import { breathlessSource, replayingWire, tamperingWire, wrongClock } from "../../../firmware-sim/attacks.ts";
import { openFileKey, type Signer } from "../../../firmware-sim/key.ts";
import { createMqttWire } from "../../../firmware-sim/mqtt-wire.ts";
import { type Outbox, openOutbox } from "../../../firmware-sim/outbox.ts";
import { createProbe, type Probe, type ProbeOptions } from "../../../firmware-sim/probe.ts";
import type { ReaderEvent } from "../../../firmware-sim/reader-event.ts";
import { createReplaySource } from "../../../firmware-sim/replay/replay-source.ts";
import type { Source } from "../../../firmware-sim/source.ts";
import type { Wire } from "../../../firmware-sim/wire.ts";
import type { Clock } from "../../../protocol/clock.ts";
import { PondproofError } from "../../../protocol/errors.ts";
import { decodeRecord } from "../../../protocol/record.ts";
import { createManualClock, type ManualClock } from "../../factories.ts";
import { HOLDING_MS, PERIOD_MS, readFeed, SITE, startGateway, type TestGateway } from "../edge/harness.ts";

let folder: string;
let test: TestGateway;
let signer: Signer;
let outbox: Outbox;
let networkClock: ManualClock;
let stop: AbortController;
let running: Promise<void>[];
let events: ReaderEvent[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pondproof-probe-"));
  test = await startGateway();
  signer = await openFileKey(join(folder, "key.pem"));
  outbox = openOutbox({ path: join(folder, "outbox.db") });
  networkClock = createManualClock(0);
  stop = new AbortController();
  running = [];
  events = [];
  test.gateway.pair({ publicKey: signer.publicKey, periodMs: PERIOD_MS });
  test.clock.advance(PERIOD_MS - (test.clock.now() % PERIOD_MS));
});
afterEach(async () => {
  stop.abort();
  await Promise.all(running);
  await outbox[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const pond: Source = {
  async sample({ timeMs }) {
    return [{ timeMs, values: [6, 29, null, null, null, null, null, null], simulated: true }];
  },
};

/** The way to whatever port the gateway has now. */
const mqtt: Wire = {
  connect: (options) =>
    createMqttWire({
      url: `mqtt://127.0.0.1:${test.gateway.ports.mqtt}`,
      site: SITE,
      signer,
      clock: networkClock,
    }).connect(options),
};

function makeProbe(options: Partial<ProbeOptions> = {}): Probe {
  return createProbe({
    site: SITE,
    signer,
    source: pond,
    outbox,
    wire: mqtt,
    metrics: ["oxygen", "temperature"],
    periodMs: PERIOD_MS,
    clock: test.clock,
    networkClock,
    onEvent: (event) => events.push(event),
    ...options,
  });
}

function start(probe: Probe): Probe {
  running.push(probe.run(stop.signal));
  return probe;
}

/** What the gateway does with frames, one after the other, as it happens. */
function listen() {
  const heard: LiveEvent[] = [];
  test.gateway.live((event) => heard.push(event));
  return {
    /** Lets a period pass, or less, and waits for what the gateway says of the reading that was due. */
    async tick(afterMs = PERIOD_MS) {
      const before = heard.length;
      test.clock.advance(afterMs);
      await settled(() => expect(heard.length).toBeGreaterThan(before));
    },
  };
}

async function storedSeqs(): Promise<number[]> {
  const items = await readFeed(test.gateway);
  return items.flatMap((item) => (item.kind === "reading" ? [item.seq] : []));
}

const counted = () => test.gateway.stats().verdicts;

/** Waits for something to come true while the network's time goes by, so that back-offs and resends come to their end. */
function settled(condition: () => void): Promise<void> {
  return vi.waitFor(
    () => {
      networkClock.advance(20);
      condition();
    },
    { interval: 1, timeout: 20_000 },
  );
}

describe("a probe and its gateway", () => {
  it("deliver every reading once and keep none that is acknowledged", async () => {
    const { tick } = listen();
    const probe = start(makeProbe());
    for (let i = 0; i < 5; i++) await tick();
    expect(await storedSeqs()).toEqual([0, 1, 2, 3, 4]);
    await settled(() => expect(probe.stats().waiting).toBe(0));
    expect(counted()).toMatchObject({ stored: 5, duplicate: 0 });
  });

  it("deliver the backlog of an outage in blocks, in order, without a gap", async () => {
    const count = 500;
    const rows = Array.from({ length: count }, (_, i) => ({
      timeMs: test.clock.now() - (count - i) * 1000,
      values: [6, 29, null, null, null, null, null, null],
    }));
    let isUp = false;
    const probe = start(
      makeProbe({
        source: createReplaySource({ series: { rows, skipped: new Map() }, seed: "a" }),
        wire: {
          connect(options) {
            if (!isUp) return Promise.reject(new PondproofError("LINK_DOWN", { problem: "no such network" }));
            return mqtt.connect(options);
          },
        },
      }),
    );
    for (let part = 0; part * 64 <= count; part++) {
      test.clock.advance(PERIOD_MS);
      const expected = Math.min(count, (part + 1) * 64);
      await settled(() => expect(probe.stats().reader.signed).toBe(expected));
    }
    isUp = true;
    await settled(() => expect(probe.stats().waiting).toBe(0));
    expect(await storedSeqs()).toEqual(rows.map((_, i) => i));
    expect(events.map(({ event }) => event)).toEqual(["link-down", "link-up"]);
    // Eight blocks and a little for what was on its way when the window filled.
    expect(probe.stats().link.acknowledgements).toBeLessThan(60);
  });

  it("find each other again after the gateway restarts", async () => {
    const before = listen();
    const probe = start(makeProbe());
    await before.tick();
    await test.restart();
    await settled(() => expect(probe.stats().link.connections).toBe(2));
    const after = listen();
    await after.tick();
    expect(await storedSeqs()).toEqual([0, 1]);
    expect(events.map(({ event }) => event)).toEqual(["link-down", "link-up"]);
  });

  it("go on with the same numbers after the reader restarts", async () => {
    const { tick } = listen();
    start(makeProbe());
    await tick();
    stop.abort();
    await Promise.all(running);
    stop = new AbortController();
    start(makeProbe());
    await tick();
    expect(await storedSeqs()).toEqual([0, 1]);
  });

  it("name the block that the gateway announced", async () => {
    test.gateway.announceBeacon({ number: 9, hash: `0x${"ab".repeat(32)}` });
    const { tick } = listen();
    const probe = start(makeProbe());
    await settled(() => expect(probe.stats().link.acknowledgements).toBeGreaterThan(0));
    await tick();
    await tick();
    const items = await readFeed(test.gateway);
    const last = items.at(-1);
    expect(last?.kind === "reading" && decodeRecord(last.frame.slice(0, 96)).beacon).toBe(0xabababab);
  });

  it("do not connect with another's key", async () => {
    const stranger = await openFileKey(join(folder, "stranger.pem"));
    const failing = makeProbe({ signer: stranger });
    start(failing);
    await settled(() => expect(events.map(({ event }) => event)).toEqual(["link-down"]));
    expect(failing.stats().link.connections).toBe(0);
  });
});

describe("an attack", () => {
  it("in the line is refused as a bad signature, and the true readings arrive in the end", async () => {
    const atMs = test.clock.now() + 2 * PERIOD_MS;
    const span = { atMs, untilMs: atMs + 2 * PERIOD_MS };
    const probe = start(makeProbe({ wire: tamperingWire(mqtt, { clock: test.clock, span }) }));
    for (let sent = 1; sent <= 6; sent++) {
      test.clock.advance(PERIOD_MS);
      await settled(() => expect(probe.stats().link.framesSent).toBeGreaterThanOrEqual(sent));
    }
    await settled(() => expect(probe.stats().waiting).toBe(0));
    expect(counted()["bad-signature"]).toBeGreaterThanOrEqual(2);
    expect(await storedSeqs()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(probe.stats().link.verdicts["bad-signature"]).toBe(counted()["bad-signature"]);
  });

  it("by repetition is recognised and stores nothing", async () => {
    const { tick } = listen();
    const atMs = test.clock.now() + 3 * PERIOD_MS;
    const replaying = replayingWire(mqtt, {
      clock: test.clock,
      span: { atMs, untilMs: atMs + 2 * PERIOD_MS },
      everyMs: PERIOD_MS,
      ageMs: 2 * PERIOD_MS,
    });
    const probe = start(makeProbe({ wire: replaying.wire }));
    running.push(replaying.run(stop.signal));
    for (let i = 0; i < 6; i++) await tick();
    await settled(() => expect(counted().duplicate).toBe(2));
    expect(replaying.sent()).toBe(2);
    expect(await storedSeqs()).toEqual([0, 1, 2, 3, 4, 5]);
    await settled(() => expect(probe.stats().waiting).toBe(0));
  });

  it("with a copied key is a conflict of two signed records, and the true one stays", async () => {
    const { tick } = listen();
    const dueMs = new Set<number>();
    const clock: Clock = {
      now: test.clock.now,
      wait(untilMs, signal) {
        dueMs.add(untilMs);
        return test.clock.wait(untilMs, signal).finally(() => dueMs.delete(untilMs));
      },
    };
    /** Time goes on when the reader that is next has come round to waiting for it, and not before. */
    const tickOf = async (afterMs: number) => {
      await settled(() => expect([...dueMs]).toContain(clock.now() + afterMs));
      await tick(afterMs);
    };
    start(makeProbe({ clock }));
    await tickOf(PERIOD_MS);
    test.clock.advance((3 * PERIOD_MS) / 4);
    outbox.copyTo(join(folder, "stolen.db"));
    await using stolen = openOutbox({ path: join(folder, "stolen.db") });
    const over = new AbortController();
    const clone = makeProbe({
      clock,
      outbox: stolen,
      source: breathlessSource(pond, 10),
      phaseMs: PERIOD_MS / 2,
    });
    const cloning = clone.run(over.signal);
    // The gateway tells whoever subscribes where the stream stands; what comes after that answers a reading.
    await settled(() => expect(clone.stats().link.acknowledgements).toBeGreaterThan(0));
    for (let number = 1; number <= 2; number++) {
      const { acknowledgements } = clone.stats().link;
      await tickOf(PERIOD_MS / (number === 1 ? 4 : 2));
      // The clone hears the gateway's answer to the true reading before it speaks itself.
      await settled(() => expect(clone.stats().link.acknowledgements).toBeGreaterThan(acknowledgements));
      await tickOf(PERIOD_MS / 2);
      await settled(() => expect(clone.stats().link.verdicts.conflict).toBe(number));
    }
    over.abort();
    await cloning;
    expect(counted().conflict).toBe(2);
    const items = await readFeed(test.gateway);
    const oxygen = items.map(
      (item) => item.kind === "reading" && decodeRecord(item.frame.slice(0, 96)).values[0],
    );
    expect(new Set(oxygen)).toEqual(new Set([6]));
  });

  it("on the clock is impossible, and what follows arrives when the gateway has waited for what it refused", async () => {
    const { tick } = listen();
    const startMs = test.clock.now();
    const clock = wrongClock(test.clock, [
      { atMs: startMs + 1.5 * PERIOD_MS, untilMs: startMs + 3.5 * PERIOD_MS, offsetMs: 7_200_000 },
    ]);
    const probe = start(makeProbe({ clock }));
    for (let i = 0; i < 3; i++) await tick();
    expect(counted()["impossible-time"]).toBe(2);
    for (let signed = 4; signed <= 6; signed++) {
      test.clock.advance(PERIOD_MS);
      await settled(() => expect(probe.stats().link.framesSent).toBeGreaterThanOrEqual(signed));
    }
    expect(events).toContainEqual(expect.objectContaining({ event: "clock-stepped", seq: 3 }));
    await settled(() => expect(test.gateway.stats().held).toBe(3));
    test.clock.advance(HOLDING_MS + PERIOD_MS);
    await settled(() => expect(probe.stats().waiting).toBe(0));
    expect((await storedSeqs()).slice(0, 3)).toEqual([0, 3, 4]);
  });
});
