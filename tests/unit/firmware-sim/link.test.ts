import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openFileKey } from "../../../firmware-sim/key.ts";
import { createLink, type Link, type LinkOptions } from "../../../firmware-sim/link.ts";
import { createMqttWire } from "../../../firmware-sim/mqtt-wire.ts";
import { type DeviceOutbox, type Outbox, openOutbox } from "../../../firmware-sim/outbox.ts";
import type { ReaderEvent } from "../../../firmware-sim/reader-event.ts";
import { createTaskGroup } from "../../../firmware-sim/task-group.ts";
import type { ConnectOptions, Wire, WireMessage } from "../../../firmware-sim/wire.ts";
import { PondproofError } from "../../../protocol/errors.ts";
import { decodeDeviceInfo, encodeMessage, type InstrumentHealth } from "../../../protocol/messages.ts";
import { FRAME_BYTES, recordSeq } from "../../../protocol/record.ts";
import { deviceTopic } from "../../../protocol/topics.ts";
import { systemClock } from "../../../service/system-clock.ts";
import { createManualClock, type ManualClock, makeChain, makeKey } from "../../factories.ts";

const KEY = makeKey("link");
const CHAIN = makeChain({ key: KEY, count: 20 });
const topic = (name: "ack" | "reading" | "event" | "state" | "info") => deviceTopic("site", KEY.device, name);

/** A line whose far end is the test. */
function makeLine() {
  const published: (WireMessage & { retain: boolean })[] = [];
  const sessions: { options: ConnectOptions; hangUp(): void }[] = [];
  const line = { published, sessions, failNext: undefined as PondproofError | undefined };
  const wire: Wire = {
    async connect(options) {
      const { promise: closed, resolve: hangUp } = Promise.withResolvers<void>();
      sessions.push({ options, hangUp });
      return {
        closed,
        async publish(message, { retain = false } = {}) {
          const failure = line.failNext;
          line.failNext = undefined;
          if (failure !== undefined) throw failure;
          published.push({ ...message, retain });
        },
        async end() {
          hangUp();
        },
      };
    },
  };
  const seqs = () =>
    published
      .filter((message) => message.topic === topic("reading"))
      .flatMap(({ payload }) =>
        Array.from({ length: payload.length / FRAME_BYTES }, (_, i) =>
          recordSeq(payload.subarray(i * FRAME_BYTES)),
        ),
      );
  const said = (name: "event" | "state" | "info") =>
    published
      .filter((message) => message.topic === topic(name))
      .map(({ payload }) => JSON.parse(Buffer.from(payload).toString()) as Record<string, unknown>);
  const acknowledge = (contiguous: number, missing: [number, number][] = []) =>
    sessions.at(-1)!.options.onMessage({
      topic: topic("ack"),
      payload: encodeMessage({ contiguous, missing, verdicts: [] }),
    });
  return Object.assign(line, { wire, seqs, said, acknowledge });
}

let folder: string;
let outbox: Outbox;
let mine: DeviceOutbox;
let clock: ManualClock;
let line: ReturnType<typeof makeLine>;
let events: ReaderEvent[];
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pondproof-link-"));
  outbox = openOutbox({ path: join(folder, "outbox.db") });
  mine = outbox.device(KEY.deviceId);
  clock = createManualClock(0);
  line = makeLine();
  events = [];
  stop = new AbortController();
  running = Promise.resolve();
});
afterEach(async () => {
  stop.abort();
  await running;
  await outbox[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function keep(frames: readonly Uint8Array[]) {
  for (const frame of frames) {
    await mine.append(frame.slice(0, 96));
    mine.attachSignature(recordSeq(frame), frame.slice(96));
  }
}

function start(options: Partial<LinkOptions> = {}): Link {
  const link = createLink({
    wire: line.wire,
    site: "site",
    publicKey: KEY.publicKey,
    outbox: mine,
    clock,
    info: { firmware: "test", metrics: ["oxygen"], periodMs: 1000 },
    random: () => 1,
    onEvent: (event) => events.push(event),
    ...options,
  });
  running = link.run(stop.signal);
  return link;
}

const settled = (condition: () => void) => vi.waitFor(condition, { interval: 1 });

describe("a link", () => {
  it("says who it is, retained, and that it leaves", async () => {
    start();
    await settled(() => expect(line.said("info")).toHaveLength(1));
    expect(line.said("info")[0]).toEqual({
      firmware: "test",
      metrics: ["oxygen"],
      periodMs: 1000,
      publicKey: `0x${Buffer.from(KEY.publicKey).toString("hex")}`,
    });
    const { will, session } = line.sessions[0]!.options;
    expect(JSON.parse(Buffer.from(will.payload).toString())).toEqual({ state: "offline", session });
    stop.abort();
    await running;
    expect(line.said("state")).toEqual([
      { state: "online", session },
      { state: "offline", session },
    ]);
    expect(line.published.filter(({ retain }) => retain)).toHaveLength(3);
  });

  it("says how its instruments are, and again when that has changed, at most once a minute", async () => {
    let problems: string[] = [];
    const health = (): InstrumentHealth[] => [
      { name: "o", state: problems.length === 0 ? "well" : "failing", problems, facts: { supplyV: 5.01 } },
    ];
    const link = start({ health });
    await settled(() => expect(line.said("info")).toHaveLength(1));
    problems = ["x".repeat(5_000)];
    link.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(line.said("info")).toHaveLength(1);
    clock.advance(60_000);
    link.wake();
    await settled(() => expect(line.said("info")).toHaveLength(2));
    const payload = line.published.filter((message) => message.topic === topic("info")).at(-1)!.payload;
    expect(decodeDeviceInfo(payload).instruments).toEqual([
      { name: "o", state: "failing", problems: ["x".repeat(100)], facts: { supplyV: 5.01 } },
    ]);
    clock.advance(60_000);
    link.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(line.said("info")).toHaveLength(2);
  });

  it("tells the gateway what concerns it, and nothing else", async () => {
    const link = start();
    link.report({ event: "outbox-full", waiting: 3 });
    link.report({ event: "link-down", problem: "p" });
    link.report({ event: "source-failed", part: "board", problem: "silent" });
    link.report({ event: "numbers-skipped", toSeq: 9, salvaged: 0 });
    await settled(() => expect(line.said("event")).toHaveLength(2));
    expect(line.said("event").map(({ event }) => event)).toEqual(["outbox-full", "source-failed"]);
  });

  it("sends again after a silence, and frees what is acknowledged", async () => {
    await keep(CHAIN.slice(0, 3));
    start();
    await settled(() => expect(line.seqs()).toEqual([0, 1, 2]));
    line.acknowledge(0);
    clock.advance(30_000);
    await settled(() => expect(line.seqs()).toEqual([0, 1, 2, 1, 2]));
    line.acknowledge(2);
    expect(mine.waiting()).toBe(0);
  });

  it("sends what the gateway lacks at once, and says which numbers it has no more", async () => {
    await keep(CHAIN.slice(0, 8));
    start();
    await settled(() => expect(line.seqs()).toHaveLength(8));
    line.acknowledge(1, [[4, 5]]);
    await settled(() => expect(line.seqs().slice(8)).toEqual([4, 5]));
    mine.release(3);
    line.acknowledge(1, [[2, 4]]);
    await settled(() => expect(line.said("event")).toEqual([{ event: "gap", fromSeq: 2, toSeq: 3 }]));
    await settled(() => expect(line.seqs().slice(10)).toEqual([4]));
  });

  it("begins anew where nobody knows whether a message arrived", async () => {
    await keep(CHAIN.slice(0, 3));
    line.failNext = undefined;
    start();
    await settled(() => expect(line.seqs()).toHaveLength(3));
    line.failNext = new PondproofError("LINK_TIMEOUT", { timeoutMs: 1 });
    clock.advance(30_000);
    await settled(() => expect(events.map(({ event }) => event)).toEqual(["link-down"]));
    await settled(() => {
      clock.advance(1000);
      expect(line.sessions).toHaveLength(2);
    });
    await settled(() => expect(line.seqs()).toEqual([0, 1, 2, 0, 1, 2]));
    expect(line.sessions[0]!.options.session).not.toBe(line.sessions[1]!.options.session);
    expect(events.map(({ event }) => event)).toEqual(["link-down", "link-up"]);
  });

  it("rests longer from failure to failure, and tells only the first", async () => {
    const waits: number[] = [];
    const refusing = { ...line.wire, connect: () => Promise.reject(new PondproofError("LINK_DOWN", {})) };
    const link = createLink({
      wire: refusing,
      site: "site",
      publicKey: KEY.publicKey,
      outbox: mine,
      clock: {
        now: () => 0,
        async wait(untilMs) {
          waits.push(untilMs);
          if (waits.length === 14) stop.abort();
        },
      },
      info: { firmware: "test", metrics: ["oxygen"], periodMs: 1000 },
      random: () => 1,
      onEvent: (event) => events.push(event),
    });
    await link.run(stop.signal);
    expect(waits.slice(0, 4)).toEqual([1000, 1500, 2250, 3375]);
    expect(waits.at(-1)).toBe(60_000);
    expect(events.map(({ event }) => event)).toEqual(["link-down"]);
  });

  it("notices that the gateway holds numbers that it never gave, once", async () => {
    await keep(CHAIN.slice(0, 2));
    start();
    await settled(() => expect(line.seqs()).toHaveLength(2));
    line.acknowledge(7);
    line.acknowledge(8);
    expect(events).toEqual([{ event: "behind-gateway", nextSeq: 2, contiguousSeq: 7 }]);
  });

  it("counts what it cannot read, and goes on", async () => {
    const link = start();
    await settled(() => expect(line.said("info")).toHaveLength(1));
    const { onMessage } = line.sessions[0]!.options;
    for (const text of ["", "{}", '{"contiguous":-2}', "\u0000"]) {
      onMessage({ topic: topic("ack"), payload: Buffer.from(text) });
    }
    expect(link.stats.malformedMessages).toBe(4);
    await keep(CHAIN.slice(0, 1));
    link.wake();
    await settled(() => expect(line.seqs()).toEqual([0]));
  });

  it("tells the gateway only what the gateway knows, and never keeps more than it can hold", async () => {
    const link = start();
    link.report({ event: "source-ended" });
    for (let i = 0; i < 80; i++) link.report({ event: "tamper", open: true, timeMs: i });
    await settled(() => expect(line.said("event")).toHaveLength(64));
    expect(link.stats.droppedEvents).toBe(16);
  });
});

describe("the MQTT wire", () => {
  it("gives up on a broker that accepts and never answers", async () => {
    const silent = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const signer = await openFileKey(join(folder, "key.pem"));
    const wire = createMqttWire({
      url: `mqtt://127.0.0.1:${port}`,
      site: "site",
      signer,
      clock: systemClock,
      timeoutMs: 50,
    });
    const connecting = wire.connect({
      session: "s",
      will: { topic: topic("state"), payload: new Uint8Array() },
      subscriptions: [topic("ack")],
      onMessage: () => {},
      signal: stop.signal,
    });
    await expect(connecting).rejects.toMatchObject({ code: "LINK_DOWN" });
    await new Promise((resolve) => silent.close(resolve));
  });
});

describe("a task group", () => {
  it("ends the others when one fails, and throws why", async () => {
    const group = createTaskGroup(new AbortController().signal);
    const ended: string[] = [];
    group.spawn(
      (signal) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => resolve(ended.push("other")));
        }),
    );
    group.spawn(() => Promise.reject(new Error("broken")));
    await expect(group.ended()).rejects.toThrow("broken");
    expect(ended).toEqual(["other"]);
  });
});
