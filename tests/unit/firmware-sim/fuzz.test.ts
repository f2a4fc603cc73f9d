import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { withCrc } from "../../../firmware-sim/instruments/modbus-slave.ts";
import { createLink } from "../../../firmware-sim/link.ts";
import { openOutbox } from "../../../firmware-sim/outbox.ts";
import { decodeProof, decodeToController } from "../../../firmware-sim/probes/controller-packets.ts";
import { createEzo } from "../../../firmware-sim/probes/ezo.ts";
import { createEzoLines } from "../../../firmware-sim/probes/ezo-line.ts";
import { createForwarder } from "../../../firmware-sim/probes/forwarding.ts";
import { createModbusBus } from "../../../firmware-sim/probes/modbus-bus.ts";
import { judgeRegisters } from "../../../firmware-sim/probes/modbus-judge.ts";
import { readProbeMap } from "../../../firmware-sim/probes/modbus-map.ts";
import { createReplyFinder } from "../../../firmware-sim/probes/modbus-port.ts";
import { readColumnMap } from "../../../firmware-sim/replay/column-map.ts";
import { readRow } from "../../../firmware-sim/replay/row.ts";
import { readSeries } from "../../../firmware-sim/replay/series.ts";
import type { Line } from "../../../firmware-sim/serial/line.ts";
import type { LineKeeper } from "../../../firmware-sim/serial/line-keeper.ts";
import { parseReaderConfig } from "../../../firmware-sim/service/config.ts";
import type { WireMessage } from "../../../firmware-sim/wire.ts";
import type { Clock } from "../../../protocol/clock.ts";
import { cobsEncode, createCobsReader } from "../../../protocol/cobs.ts";
import { type ErrorCode, isPondproofError } from "../../../protocol/errors.ts";
import { decodeAck } from "../../../protocol/messages.ts";
import { deviceTopic } from "../../../protocol/topics.ts";
import { makeChain, makeKey } from "../../factories.ts";

/** Inputs of all tests together; `POND_FUZZ_INPUTS=1000000` for a night. */
const INPUTS = Number(process.env.POND_FUZZ_INPUTS ?? 20_000);
const LONG = { timeout: Math.max(60_000, INPUTS) };
const runs = (part: number) => ({ numRuns: Math.ceil(INPUTS * part) });

/** Everything that a function may do with bad input: answer, or throw one of these. */
function onlyThrows(codes: readonly ErrorCode[], act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!codes.some((code) => isPondproofError(error, code))) throw error;
  }
}

const KEY = makeKey("fuzz");
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const chunks = (known: readonly string[]) =>
  fc.array(
    fc.oneof(
      bytes(40),
      fc.constantFrom(...known).map((text) => Uint8Array.from(Buffer.from(text, "latin1"))),
    ),
    {
      maxLength: 12,
    },
  );

/** A clock on which every wait is over in the next turn of the loop. */
const hasty: Clock = { now: () => 0, wait: () => new Promise((resolve) => setImmediate(resolve)) };

/** A line that answers whatever is said to it with the next of these. */
function babblingKeeper(answers: readonly Uint8Array[]): LineKeeper {
  let hear: (bytes: Uint8Array) => void = () => {};
  let next = 0;
  const line: Line = {
    async write() {
      const answer = answers[next++];
      if (answer !== undefined) hear(answer);
    },
    listen(onBytes) {
      hear = onBytes;
    },
    closed: new Promise(() => {}),
    close: async () => {},
  };
  return {
    name: "line",
    state: () => ({ state: "open" }),
    use: async (work) => ({ kind: "used", result: await work(line) }),
    opened: async () => line,
    heard() {},
    unheard() {},
    run: async () => {},
  };
}

describe("bytes of an EZO board", LONG, () => {
  const known = [
    "*OK\r",
    "*ER\r",
    "*RE\r",
    "*UV\r",
    "7.25\r",
    "-1023.000\r",
    "?I,D.O.,2.10\r",
    "?I,",
    "\r",
    "1,2,3,4,5\r",
  ];

  it("never stop the reader, and the first whole line after them is read", () => {
    fc.assert(
      fc.property(chunks(known), (noise) => {
        const split = createEzoLines();
        for (const chunk of noise) split(chunk);
        expect(split(Buffer.from("\r7.25\r")).at(-1)).toEqual({ kind: "reading", values: [7.25] });
      }),
      runs(0.2),
    );
  });

  it("give a value that the board can show, or the reason why there is none", async () => {
    await fc.assert(
      fc.asyncProperty(chunks(["*OK\r", "*OK\r", ...known]), async (answers) => {
        const line = babblingKeeper(answers);
        const ezo = createEzo({ name: "o", board: "oxygen", line, clock: hasty });
        const { values, problems } = await ezo.read({
          known: new Map(),
          signal: new AbortController().signal,
        });
        const value = values.get("oxygen");
        if (value === undefined) expect(problems).toHaveLength(1);
        else expect(value >= 0 && value <= 100).toBe(true);
        ezo.health();
      }),
      runs(0.02),
    );
  });
});

describe("bytes on a Modbus line", LONG, () => {
  const replies = [
    withCrc(Uint8Array.of(1, 3, 4, 0x41, 0xdc, 0, 0)),
    withCrc(Uint8Array.of(1, 0x83, 2)),
    withCrc(Uint8Array.of(1, 3, 2, 0, 1)),
    withCrc(Uint8Array.of(2, 3, 4, 0, 0, 0, 0)),
  ].map((reply) => Buffer.from(reply).toString("latin1"));

  it("are a reply of the right shape, or nothing", () => {
    fc.assert(
      fc.property(chunks(replies), (noise) => {
        const finder = createReplyFinder({ slave: 1, function: 3, registers: 2 });
        for (const chunk of noise) {
          const reply = finder.push(chunk);
          if (reply !== undefined) expect([5, 9]).toContain(reply.length);
        }
      }),
      runs(0.2),
    );
  });

  it("are read, refused, damaged or silent, and never an exception of ours", async () => {
    await fc.assert(
      fc.asyncProperty(chunks(replies), async (answers) => {
        const bus = createModbusBus({ line: babblingKeeper(answers), clock: hasty, timeoutMs: 1 });
        const reply = await bus.read({ slave: 1, function: 3, address: 0, registers: 2 });
        if (reply.kind === "read") expect(reply.bytes).toHaveLength(4);
      }),
      runs(0.02),
    );
  });

  it("that are registers of any map become numbers that a slot can hold, or nothing", async () => {
    const names = [
      "yosemitech-y504",
      "yosemitech-y532",
      "yosemitech-y560",
      "supmea-do7013",
      "in-situ-rdo",
      "generic-oxygen",
    ];
    const maps = await Promise.all(names.map((name) => readProbeMap(name)));
    fc.assert(
      fc.property(
        fc.constantFrom(...maps),
        fc.uint8Array({ minLength: 256, maxLength: 256 }),
        (map, noise) => {
          const read = map.blocks.map((block, i) => ({
            block,
            bytes: noise.subarray(16 * i, 16 * i + 2 * block.registers),
          }));
          const { values } = judgeRegisters(map, read);
          for (const value of values.values()) expect(Number.isFinite(value)).toBe(true);
        },
      ),
      runs(0.15),
    );
  });
});

describe("bytes of a microcontroller", LONG, () => {
  const chain = makeChain({ key: KEY, count: 4 });

  it("bring only frames into the outbox that its key has signed", async () => {
    await using outbox = openOutbox({ path: ":memory:" });
    const mine = outbox.device(KEY.deviceId);
    const forwarder = createForwarder({ device: KEY.deviceId, publicKey: KEY.publicKey, outbox: mine });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...chain),
        fc.array(fc.tuple(fc.nat(159), fc.nat(255)), { maxLength: 3 }),
        async (frame, changes) => {
          const sent = frame.slice();
          for (const [at, byte] of changes) sent[at] = byte;
          await forwarder.take(sent);
        },
      ),
      runs(0.02),
    );
    for (const { seq, frame } of mine.frames({ fromSeq: 0, limit: 10 })) expect(frame).toEqual(chain[seq]);
  });

  it("never stop the reader, and the first whole frame after them is found", () => {
    const whole = cobsEncode(chain[0]!);
    fc.assert(
      fc.property(chunks(["\0", Buffer.from(whole).toString("latin1")]), (noise) => {
        const reader = createCobsReader({ packetBytes: 160 });
        for (const chunk of noise)
          for (const packet of reader.push(chunk)) {
            decodeProof(packet);
            expect(packet).toHaveLength(160);
          }
        expect(reader.push(Uint8Array.of(0, ...whole)).at(-1)).toEqual(chain[0]);
      }),
      runs(0.1),
    );
    fc.assert(
      fc.property(bytes(60), (packet) => {
        expect(decodeToController(packet, KEY.deviceId)).toBeUndefined();
      }),
      runs(0.05),
    );
  });
});

describe("a recording", LONG, () => {
  it("is rows of numbers that a slot can hold, whatever stands in its cells", () => {
    const map = readColumnMap("time=t,oxygen=o", ["t", "o"]);
    const cell = fc.oneof(
      fc.string(),
      fc.constantFrom("2026-07-01T00:00:00Z", "1782864000", "7.5", "-999", "NA", "1e400", "0x10", "Infinity"),
      fc.double().map(String),
    );
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 4 }), (cells) => {
        const row = readRow(cells, { map, afterMs: 0 });
        if (typeof row !== "string")
          for (const value of row.values) expect(value === null || Math.abs(value) <= 2_147_000).toBe(true);
      }),
      runs(0.1),
    );
  });

  it("that is no table is refused with the reason", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pondproof-fuzz-"));
    const path = join(folder, "noise.csv");
    await fc.assert(
      fc.asyncProperty(bytes(400), async (noise) => {
        await writeFile(path, Buffer.concat([Buffer.from("t,o\n"), noise]));
        const error = await readSeries({ path, map: "time=t,oxygen=o" }).catch((error: unknown) => error);
        if (error instanceof Error) expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
      }),
      runs(0.005),
    );
    await rm(folder, { recursive: true });
  });
});

describe("a configuration", LONG, () => {
  const probe = {
    name: "a",
    periodMs: 60_000,
    signer: { file: "key.pem" },
    instruments: [{ kind: "ezo", name: "o", line: "l", board: "oxygen" }],
  };
  const right = {
    version: 1,
    site: "s",
    dataDir: "d",
    gateway: { url: "mqtt://h:1" },
    lines: [{ name: "l", path: "/dev/l" }],
    probes: [probe],
  };

  it("is right, or has its mistakes told", () => {
    expect(() => parseReaderConfig(JSON.stringify(right))).not.toThrow();
    const places = fc.constantFrom("version", "site", "gateway", "lines", "probes", "outbox", "surprise");
    const parts = fc.constantFrom(
      "name",
      "periodMs",
      "signer",
      "instruments",
      "controller",
      "outOfWater",
      "replay",
    );
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(right.lines, [probe, probe], probe.instruments),
    );
    fc.assert(
      fc.property(places, parts, anything, anything, (place, part, value, other) => {
        const wrong = { ...right, probes: [{ ...probe, [part]: other }], [place]: value };
        onlyThrows(["CONFIG_INVALID"], () => parseReaderConfig(JSON.stringify(wrong)));
      }),
      runs(0.1),
    );
    fc.assert(
      fc.property(fc.string(), (text) => onlyThrows(["CONFIG_INVALID"], () => parseReaderConfig(text))),
      runs(0.02),
    );
  });
});

describe("what a gateway answers", LONG, () => {
  const ack = fc.record(
    {
      contiguous: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.jsonValue()),
      missing: fc.oneof(fc.array(fc.tuple(fc.maxSafeInteger(), fc.maxSafeInteger())), fc.jsonValue()),
      verdicts: fc.oneof(fc.constant([]), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  const payload = fc.oneof(
    bytes(200),
    fc.json().map((text) => Buffer.from(text)),
    ack.map((message) => Buffer.from(JSON.stringify(message))),
  );

  it("is an acknowledgement, or malformed", () => {
    fc.assert(
      fc.property(payload, (noise) => onlyThrows(["MALFORMED_MESSAGE"], () => decodeAck(noise))),
      runs(0.05),
    );
  });

  it("never stops a link, nor frees a frame beyond what it names", async () => {
    const stop = new AbortController();
    let hear: (message: WireMessage) => void = () => {};
    await using outbox = openOutbox({ path: ":memory:" });
    const link = createLink({
      wire: {
        async connect({ onMessage }) {
          hear = onMessage;
          const { promise: closed, resolve: end } = Promise.withResolvers<void>();
          return { closed, publish: async () => {}, end: async () => end() };
        },
      },
      site: "s",
      publicKey: KEY.publicKey,
      outbox: outbox.device(KEY.deviceId),
      clock: {
        now: () => 0,
        wait: (_, signal) =>
          new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      },
      info: { firmware: "f", metrics: [], periodMs: 1 },
    });
    const running = link.run(stop.signal);
    await new Promise((resolve) => setImmediate(resolve));
    fc.assert(
      fc.property(payload, (noise) => hear({ topic: deviceTopic("s", KEY.device, "ack"), payload: noise })),
      runs(0.05),
    );
    expect(link.stats.malformedMessages + link.stats.acknowledgements).toBe(runs(0.05).numRuns);
    stop.abort();
    await running;
  });
});

describe("a line that never ends", () => {
  it("fills no memory", async () => {
    const finder = createReplyFinder({ slave: 1, function: 3, registers: 120 });
    const reader = createCobsReader({ packetBytes: 160 });
    const takers = [createEzoLines(), finder.push, reader.push];
    const chunk = new Uint8Array(65_536).fill(1);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const used = () => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const before = used();
    for (let i = 0; i < 256; i++) for (const take of takers) take(chunk);
    // 48 MiB went in; buffers that are free are swept by a thread of their own.
    await vi.waitFor(() => expect(used() - before).toBeLessThan(2 * 1_048_576), { timeout: 20_000 });
  });
});
