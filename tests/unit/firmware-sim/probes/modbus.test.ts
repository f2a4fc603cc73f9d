import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ModbusSlavePlay,
  modbusCrc,
  playModbusBus,
  putNumber,
  slaveOf,
  withCrc,
} from "../../../../firmware-sim/instruments/modbus-slave.ts";
import { createModbusProbe, type ModbusOptions } from "../../../../firmware-sim/probes/modbus.ts";
import { createModbusBus, type ModbusBus } from "../../../../firmware-sim/probes/modbus-bus.ts";
import { judgeRegisters } from "../../../../firmware-sim/probes/modbus-judge.ts";
import { type ProbeMap, parseProbeMap, readProbeMap } from "../../../../firmware-sim/probes/modbus-map.ts";
import { createReplyFinder } from "../../../../firmware-sim/probes/modbus-port.ts";
import {
  BYTE_ORDERS,
  readRegisters,
  writeRegisters,
} from "../../../../firmware-sim/probes/modbus-registers.ts";
import { UNITS } from "../../../../firmware-sim/probes/units.ts";
import { fromHex } from "../../../../protocol/bytes.ts";
import type { MetricName } from "../../../../protocol/record.ts";
import { systemClock } from "../../../../service/system-clock.ts";
import { createManualClock, type ManualClock } from "../../../factories.ts";
import { isMissing, socat } from "../../../real-components.ts";
import {
  eventually,
  opened,
  openSerialPair,
  type RunningKeeper,
  runKeeper,
  type SerialPair,
} from "../serial-pair.ts";

const hex = (text: string) => fromHex(text.replaceAll(" ", ""));

/** Frames of vendors' manuals, domain.md §3.2. */
const VENDOR_FRAMES = [
  "01 03 26 00 00 06 CE 80",
  "01 03 0C 00 00 DC 41 D9 5F F6 3E 33 33 73 40 EF 5E",
  "01 03 25 00 00 01 8F 06",
  "02 03 28 00 00 02 CD 98",
  "02 03 04 71 3D FA 40 00 93",
  "01 03 06 01 13 01 7C 01 E1 A4 9B",
  "01 83 02 C0 F1",
];

describe("registers", () => {
  it.each(VENDOR_FRAMES)("have the checksum of the vendor: %s", (frame) => {
    const bytes = hex(frame);
    expect(withCrc(bytes.subarray(0, -2))).toEqual(bytes);
    expect(modbusCrc(bytes)).toBe(0);
  });

  it("hold 27.5 in each of the orders that instruments use", () => {
    const read = (text: string, order: (typeof BYTE_ORDERS)[number]) =>
      readRegisters(hex(text), { type: "float32", order });
    expect(read("41DC0000", "ABCD")).toBe(27.5);
    expect(read("000041DC", "CDAB")).toBe(27.5);
    expect(read("DC410000", "BADC")).toBe(27.5);
    expect(read("0000DC41", "DCBA")).toBe(27.5);
  });

  it("give back what was written, whatever type and order", () => {
    for (const order of BYTE_ORDERS)
      for (const [type, value] of [
        ["int16", -1234],
        ["uint16", 54321],
        ["int32", -123_456_789],
        ["uint32", 4_123_456_789],
        ["float32", 3.5],
      ] as const)
        expect(readRegisters(writeRegisters(value, { type, order }), { type, order })).toBe(value);
  });
});

describe("the vendors' own replies", () => {
  const read = async (map: string, frames: Record<number, string>) => {
    const { blocks, ...probe } = await readProbeMap(map);
    const heard = blocks.flatMap((block) => {
      const frame = frames[block.address];
      return frame === undefined ? [] : [{ block, bytes: hex(frame).subarray(3, -2) }];
    });
    const values = probe.values.filter(({ address }) =>
      heard.some(({ block }) => address >= block.address && address < block.address + block.registers),
    );
    return judgeRegisters({ ...probe, blocks, values, checks: [] }, heard);
  };

  it("Y504: 27.5 °C, 3.80 mg/L", async () => {
    const { values } = await read("yosemitech-y504", { 9728: VENDOR_FRAMES[1]! });
    expect(values.get("temperature")).toBe(27.5);
    expect(values.get("oxygen")).toBeCloseTo(3.8, 6);
  });

  it("Y504 of an older firmware, which leaves mg/L zero: computed from its saturation", async () => {
    const frame = VENDOR_FRAMES[1]!.replace("33 33 73 40", "00 00 00 00");
    const { values, problems } = await read("yosemitech-y504", { 9728: frame });
    // 0.4812 of the 7.90 mg/L that water of 27.5 °C takes up (Benson and Krause 1984).
    expect(values.get("oxygen")).toBeCloseTo(0.4812 * 7.898, 2);
    expect(problems).toEqual([]);
  });

  it("Y532: pH 7.82", async () => {
    const { values } = await read("yosemitech-y532", { 10240: VENDOR_FRAMES[4]! });
    expect(values.get("ph")).toBeCloseTo(7.82, 6);
  });

  it("Supmea: 27.5 °C, 3.80 mg/L", () => {
    const map = mapOf("supmea-do7013");
    const bytes = new Uint8Array(16);
    bytes.set(hex(VENDOR_FRAMES[5]!).subarray(3, -2));
    const { values } = judgeRegisters(map, [{ block: map.blocks[0]!, bytes }]);
    expect(values.get("temperature")).toBeCloseTo(27.5, 9);
    expect(values.get("oxygen")).toBeCloseTo(3.8, 9);
  });
});

const MAPS = new URL("../../../../firmware-sim/probes/maps/", import.meta.url);
const SCHEMA = readFileSync(new URL("schema.json", MAPS), "utf8");
const mapText = (name: string) => readFileSync(new URL(`${name}.json`, MAPS), "utf8");
const mapOf = (name: string): ProbeMap => parseProbeMap(mapText(name), { schema: SCHEMA, path: name });

type LooseMap = { values: object[]; [key: string]: unknown };

describe("a map", () => {
  const mistakesIn = (change: (map: LooseMap) => void): string[] => {
    const map = JSON.parse(mapText("generic-oxygen"));
    change(map);
    try {
      parseProbeMap(JSON.stringify(map), { schema: SCHEMA, path: "own.json" });
      return [];
    } catch (error) {
      return (error as { facts: { mistakes: string[] } }).facts.mistakes;
    }
  };

  it("has all its mistakes told at once, with their paths", () => {
    expect(
      mistakesIn((map) => {
        map.version = 2;
        map.surprise = true;
        Object.assign(map.values[0]!, { metric: "gold", range: [1] });
      }),
    ).toEqual([
      'own.json/: unknown key "surprise"',
      "own.json/version: must be equal to constant 1",
      expect.stringContaining("own.json/values/0/metric: must be equal to one of the allowed values"),
      "own.json/values/0/range: must NOT have fewer than 2 items",
    ]);
  });

  it("is refused when a value lies outside of what is read, comes in no known unit, or has no range", () => {
    expect(
      mistakesIn((map) => {
        Object.assign(map.values[0]!, { address: 4 });
        Object.assign(map.values[1]!, { unit: "°C", range: [5, 5] });
      }),
    ).toEqual([
      "own.json/values/0: no block holds 2 registers from 4",
      "own.json/values/1/unit: oxygen comes in mg/L, µmol/L, %, fraction",
      "own.json/values/1/range: begins at its end",
    ]);
  });

  it("that nobody has is told, and a name is never a path", async () => {
    await expect(readProbeMap("no-such-probe")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    await expect(readProbeMap("../../../etc/passwd")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  });
});

describe("units", () => {
  const beside = { temperatureC: 25, ph: 8 };
  it.each([
    ["oxygen", "%", 100, 8.263],
    ["oxygen", "µmol/L", 250, 7.9995],
    ["temperature", "°F", 77, 25],
    ["temperature", "K", 298.15, 25],
    ["conductivity", "µS/cm", 512, 0.512],
    ["conductivity", "S/m", 0.05, 0.5],
    ["ammonia", "mg/L NH4-N", 0.94634, 1],
    ["current", "mA", 4200, 4.2],
  ] as const)("%s: %s", (metric, unit, value, expected) =>
    expect(UNITS[metric][unit]!(value, beside)).toBeCloseTo(expected, 3),
  );

  it("that cannot do without a temperature give nothing without one", () => {
    expect(UNITS.oxygen["%"]!(100, { temperatureC: undefined, ph: 8 })).toBeUndefined();
    expect(UNITS.ammonia["mg/L NH4-N"]!(1, { temperatureC: 25, ph: undefined })).toBeUndefined();
  });
});

describe("a reply on a noisy line", () => {
  const asked = { slave: 1, function: 3, registers: 2 };
  const reply = withCrc(hex("01 03 04 41 DC 00 00"));

  it("is found after noise, in pieces, once", () => {
    const finder = createReplyFinder(asked);
    expect(finder.push(hex("FF 00 01 03"))).toBeUndefined();
    expect(finder.push(hex("99 01"))).toBeUndefined();
    expect(finder.push(reply.subarray(1, 5))).toBeUndefined();
    expect(finder.push(reply.subarray(5))).toEqual(Buffer.from(reply));
    expect(finder.skippedBytes).toBe(5);
  });

  it("may be an exception; another slave's, or one of another length, is noise", () => {
    expect(createReplyFinder(asked).push(hex("01 83 02 C0 F1"))).toEqual(Buffer.from(hex("0183 02 C0F1")));
    expect(createReplyFinder(asked).push(hex("02 03 04 41 DC 00 00 00 00"))).toBeUndefined();
    expect(createReplyFinder(asked).push(withCrc(hex("01 03 02 41 DC")))).toBeUndefined();
  });
});

const COUNTS: Record<string, { counts: Partial<Record<MetricName, number>>; shows: [MetricName, number][] }> =
  {
    "yosemitech-y504": { counts: { temperature: 27.5 }, shows: [["temperature", 27.5]] },
    "yosemitech-y532": {
      counts: { temperature: 26, ph: 7.5 },
      shows: [
        ["temperature", 26],
        ["ph", 7.5],
      ],
    },
    "yosemitech-y560": {
      counts: { temperature: 25, ph: 8, ammonia: 0.94634 },
      shows: [
        ["temperature", 25],
        ["ph", 8],
        ["ammonia", 1],
      ],
    },
    "supmea-do7013": {
      counts: { temperature: 275, oxygen: 380 },
      shows: [
        ["temperature", 27.5],
        ["oxygen", 3.8],
      ],
    },
    "in-situ-rdo": {
      counts: { temperature: 24.5, oxygen: 6.25 },
      shows: [
        ["temperature", 24.5],
        ["oxygen", 6.25],
      ],
    },
    "generic-oxygen": {
      counts: { temperature: 24.5, oxygen: 6.25 },
      shows: [
        ["temperature", 24.5],
        ["oxygen", 6.25],
      ],
    },
  };

describe.skipIf(isMissing(socat))("Modbus probes on one real serial line", () => {
  let pair: SerialPair;
  let running: RunningKeeper;
  let bus: ModbusBus;
  let slaves: Map<number, ModbusSlavePlay>;
  let clock: ManualClock;
  beforeEach(async () => {
    pair = await openSerialPair();
    running = runKeeper(pair);
    await opened(running.keeper);
    slaves = new Map();
    clock = createManualClock(1_784_000_000_000);
    playModbusBus(await pair.far(), slaves);
    bus = createModbusBus({ line: running.keeper, clock: systemClock, timeoutMs: 5_000 });
  });
  afterEach(async () => {
    await running[Symbol.asyncDispose]();
    await pair[Symbol.asyncDispose]();
  });

  const probe = (slave: number, map: ProbeMap, options: Partial<ModbusOptions> = {}) =>
    createModbusProbe({ name: map.name, bus, slave, map, clock, ...options });
  const read = (instrument: ReturnType<typeof createModbusProbe>) =>
    instrument.read({ known: new Map(), signal: new AbortController().signal });
  const impatient = () => createModbusBus({ line: running.keeper, clock: systemClock, timeoutMs: 40 });

  it("are read side by side, each by its map", async () => {
    const instruments = Object.entries(COUNTS).map(([name, { counts }], i) => {
      const map = mapOf(name);
      const slave = slaveOf(map, counts);
      if (name === "in-situ-rdo") {
        for (const [address, value] of [
          [39, 20],
          [40, 117],
          [41, 0],
        ] as const)
          putNumber(slave, { address, type: "uint16", order: "ABCD" }, value);
        putNumber(slave, { address: 42, type: "float32", order: "ABCD" }, -9999);
      }
      slaves.set(i + 1, slave);
      return { name, instrument: probe(i + 1, map) };
    });
    await Promise.all(instruments.map(({ instrument }) => read(instrument)));
    clock.advance(8_000);
    const answers = await Promise.all(instruments.map(({ instrument }) => read(instrument)));
    for (const [i, { name }] of instruments.entries())
      for (const [metric, shown] of COUNTS[name]!.shows)
        expect(answers[i]!.values.get(metric), `${name} ${metric}`).toBeCloseTo(shown, 4);
  });

  it("are started, and mean nothing before they are warm", async () => {
    const map = mapOf("yosemitech-y504");
    const slave = slaveOf(map, { temperature: 20, oxygen: 0.5 });
    slaves.set(1, slave);
    const y504 = probe(1, map);
    expect((await read(y504)).problems).toEqual(["the probe is warming up"]);
    expect(slave.starts).toBe(1);
    clock.advance(8_000);
    expect((await read(y504)).values.get("temperature")).toBe(20);
    expect(slave.starts).toBe(1);
    slave.quirk = { exception: 4 };
    expect((await read(y504)).problems).toEqual(["the probe refused with exception 4"]);
    slave.quirk = "none";
    expect((await read(y504)).problems).toEqual(["the probe is warming up"]);
    expect(slave.starts).toBe(2);
  });

  it("do not measure what a status refuses, a sentinel marks, or the instrument cannot show", async () => {
    const generic = mapOf("generic-oxygen");
    const slave = slaveOf(generic, { temperature: 24, oxygen: 99 });
    slaves.set(1, slave);
    const instrument = probe(1, generic);
    expect(await read(instrument)).toEqual({
      values: new Map([["temperature", 24]]),
      problems: ["oxygen: 99 mg/L is beyond what the probe measures"],
    });
    putNumber(slave, { address: 4, type: "uint16", order: "ABCD" }, 1);
    expect(await read(instrument)).toEqual({ values: new Map(), problems: ["status is out of water"] });
    expect(instrument.health()).toMatchObject({ state: "failing", facts: { status: "out of water" } });

    const rdo = slaveOf(mapOf("in-situ-rdo"), { temperature: 24, oxygen: 0 });
    for (const [address, value] of [
      [39, 20],
      [40, 117],
    ] as const)
      putNumber(rdo, { address, type: "uint16", order: "ABCD" }, value);
    slaves.set(2, rdo);
    const { values, problems } = await read(probe(2, mapOf("in-situ-rdo")));
    expect([[...values], problems]).toEqual([
      [["temperature", 24]],
      ["oxygen: the probe says that it has not measured"],
    ]);
  });

  it("give NaN and infinity as not measured", async () => {
    const map = mapOf("generic-oxygen");
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e30]) {
      slaves.set(1, slaveOf(map, { temperature: 24, oxygen: value }));
      expect([...(await read(probe(1, map))).values]).toEqual([["temperature", 24]]);
    }
  });

  it("that answer damaged, half, or not at all are told apart, and hold up no other", async () => {
    const map = mapOf("generic-oxygen");
    const [bad, good] = [
      slaveOf(map, { temperature: 1, oxygen: 1 }),
      slaveOf(map, { temperature: 2, oxygen: 2 }),
    ];
    slaves.set(1, bad).set(2, good);
    const asks = async (quirk: ModbusSlavePlay["quirk"]) => {
      bad.quirk = quirk;
      const bus =
        quirk === "none" || quirk === "bad-crc" || typeof quirk === "object" ? undefined : impatient();
      const [first, second] = [
        await read(probe(1, map, bus === undefined ? {} : { bus })),
        await read(probe(2, map)),
      ];
      expect(second.values.get("oxygen")).toBe(2);
      return first.problems[0] ?? first.values.get("oxygen");
    };
    expect(await asks("bad-crc")).toBe("a reply came damaged: CRC error");
    expect(await asks("half")).toBe("the probe does not answer");
    expect(await asks("silent")).toBe("the probe does not answer");
    expect(await asks("other-slave")).toBe("the probe does not answer");
    expect(await asks({ noise: Uint8Array.of(0xff, 0, 1, 4, 0x55) })).toBe(1);
    expect(await asks({ exception: 2 })).toBe("the probe refused with exception 2");
    expect(await asks("none")).toBe(1);
  });

  it("on a line that is unplugged are a state with its reason, and read on when it is back", async () => {
    const map = mapOf("generic-oxygen");
    slaves.set(1, slaveOf(map, { temperature: 24, oxygen: 6 }));
    const instrument = probe(1, map);
    expect((await read(instrument)).values.get("oxygen")).toBe(6);
    await pair.unplug();
    await eventually(() => expect(running.keeper.state().state).toBe("lost"));
    expect((await read(instrument)).problems[0]).toMatch(/^port: ./);
    await pair.replug();
    playModbusBus(await pair.far(), slaves);
    await eventually(async () => expect((await read(instrument)).values.get("oxygen")).toBe(6));
  });
});
