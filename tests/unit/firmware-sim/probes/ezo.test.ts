import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type EzoBoardPlay,
  type EzoQuirks,
  playEzoBoard,
} from "../../../../firmware-sim/instruments/ezo-board.ts";
import { createEzo, type EzoInstrument, type EzoOptions } from "../../../../firmware-sim/probes/ezo.ts";
import type { EzoBoardName } from "../../../../firmware-sim/probes/ezo-boards.ts";
import { createEzoLines, parseEzoLine } from "../../../../firmware-sim/probes/ezo-line.ts";
import type { MetricName } from "../../../../protocol/record.ts";
import { systemClock } from "../../../../service/system-clock.ts";
import { isMissing, socat } from "../../../real-components.ts";
import {
  eventually,
  opened,
  openSerialPair,
  type RunningKeeper,
  runKeeper,
  type SerialPair,
} from "../serial-pair.ts";

describe("a line of an EZO board", () => {
  it.each([
    ["*OK", { kind: "code", code: "OK" }],
    ["*RE", { kind: "code", code: "RE" }],
    ["7.200", { kind: "reading", values: [7.2] }],
    ["8.10,97.3", { kind: "reading", values: [8.1, 97.3] }],
    ["-1023.000", { kind: "reading", values: [-1023] }],
    ["?I,D.O.,1.98", { kind: "answer", name: "I", fields: ["D.O.", "1.98"] }],
    ["?STATUS,P,5.038", { kind: "answer", name: "STATUS", fields: ["P", "5.038"] }],
    ["?SLOPE,99.7,100.3", { kind: "answer", name: "SLOPE", fields: ["99.7", "100.3"] }],
    ["7.2.1", { kind: "garbage" }],
    ["7,", { kind: "garbage" }],
    ["nan", { kind: "garbage" }],
    ["1e5", { kind: "garbage" }],
    ["*XX", { kind: "garbage" }],
  ])("%s", (text, line) => expect(parseEzoLine(text)).toEqual(line));

  it("is found in pieces, after noise and after what never ends", () => {
    const split = createEzoLines();
    expect(split(Buffer.from("7.1"))).toEqual([]);
    expect(split(Buffer.from("5\r*O"))).toEqual([{ kind: "reading", values: [7.15] }]);
    expect(split(Buffer.from("K\r\xff\x00\r", "latin1"))).toEqual([
      { kind: "code", code: "OK" },
      { kind: "garbage" },
    ]);
    expect(split(Buffer.alloc(1_000_000, "9"))).toEqual([]);
    expect(split(Buffer.from("\r6.00\r"))).toEqual([{ kind: "garbage" }, { kind: "reading", values: [6] }]);
  });
});

describe.skipIf(isMissing(socat))("an EZO board on a real serial line", () => {
  let pair: SerialPair;
  let running: RunningKeeper;
  beforeEach(async () => {
    pair = await openSerialPair();
    running = runKeeper(pair);
    await opened(running.keeper);
  });
  afterEach(async () => {
    await running[Symbol.asyncDispose]();
    await pair[Symbol.asyncDispose]();
  });

  /** Long where the board is to answer, short where it is not to. */
  const PATIENT = 5_000;
  const IMPATIENT = 40;

  async function board(
    name: EzoBoardName,
    {
      reading,
      quirks = {},
      ...options
    }: { reading: string; quirks?: Partial<EzoQuirks> } & Partial<EzoOptions>,
  ): Promise<{ ezo: EzoInstrument; play: EzoBoardPlay }> {
    const play = playEzoBoard(await pair.far(), { board: name, reading, quirks });
    const line = running.keeper;
    return {
      ezo: createEzo({ name: "o", board: name, line, clock: systemClock, timeoutMs: PATIENT, ...options }),
      play,
    };
  }
  const read = (ezo: EzoInstrument, known: [MetricName, number][] = []) =>
    ezo.read({ known: new Map(known), signal: new AbortController().signal });

  it("is polled: continuous mode off, codes on, its unit chosen, its first reading thrown away", async () => {
    const { ezo, play } = await board("oxygen", {
      reading: "7.20",
      quirks: { continuous: true, codesOff: true },
    });
    expect(await read(ezo)).toEqual({ values: new Map([["oxygen", 7.2]]), problems: [] });
    expect(play.heard.slice(1, 5)).toEqual(["*OK,1", "C,0", "O,mg,1", "O,%,0"]);
    expect(play.heard.filter((command) => command === "R")).toHaveLength(2);
    expect(play.quirks.continuous).toBe(false);
    await read(ezo);
    expect(play.heard.filter((command) => command === "C,0")).toHaveLength(1);
  });

  it("says how it is: firmware, supply, last restart, slope", async () => {
    const { ezo, play } = await board("ph", { reading: "7.82" });
    await read(ezo);
    expect(ezo.health()).toEqual({
      name: "o",
      state: "well",
      problems: [],
      facts: {
        firmware: "2.10",
        lastRestart: "power",
        supplyV: 5.038,
        calibrationPoints: 1,
        acidSlopePercent: 99.7,
        baseSlopePercent: 100.3,
        zeroMv: -0.89,
        restarts: 0,
      },
    });
    play.slope = "79.1,100.3,-0.89";
    await play.restart();
    await eventually(async () => {
      await read(ezo);
      expect(ezo.health().problems).toEqual(["acidSlopePercent is 79.1: replace the probe"]);
    });
  });

  it("is told the temperature of the water when it has moved, and again after a restart", async () => {
    const { ezo, play } = await board("oxygen", { reading: "6.10", temperatureFromProbe: true });
    const told = () => play.heard.filter((command) => command.startsWith("T,"));
    // Nobody is to blame but the thermometer: the line is not reopened for it, nor the board set up anew.
    for (let i = 0; i < 4; i++)
      expect((await read(ezo)).problems).toEqual(["no temperature to compensate with"]);
    expect(play.heard.filter((command) => command === "C,0")).toHaveLength(1);
    expect(running.keeper.state()).toEqual({ state: "open" });
    await read(ezo, [["temperature", 28.5]]);
    await read(ezo, [["temperature", 28.52]]);
    await read(ezo, [["temperature", 29]]);
    expect(told()).toEqual(["T,28.50", "T,29.00"]);
    await play.restart();
    await eventually(async () => {
      await read(ezo, [["temperature", 29]]);
      expect(told()).toEqual(["T,28.50", "T,29.00", "T,29.00"]);
    });
    expect(ezo.health().facts.restarts).toBe(1);
  });

  it("converts conductivity to the record's unit", async () => {
    const { ezo } = await board("conductivity", { reading: "512.4" });
    expect((await read(ezo)).values.get("conductivity")).toBeCloseTo(0.5124, 9);
  });

  it("does not measure what its probe cannot: nothing is bent into the range", async () => {
    const { ezo, play } = await board("temperature", { reading: "-1023.000" });
    expect(await read(ezo)).toEqual({
      values: new Map(),
      problems: ["-1023 is beyond what the board measures"],
    });
    play.reading = "24.125";
    expect((await read(ezo)).values.get("temperature")).toBe(24.125);
  });

  it("survives noise and lines in parts, and reads on", async () => {
    const { ezo } = await board("oxygen", {
      reading: "5.55",
      quirks: { partial: true, noise: Buffer.from([0xff, 0x00, 0x31, 0x0d]) },
    });
    expect((await read(ezo)).values.get("oxygen")).toBe(5.55);
  });

  it("gives no reading under a bad supply", async () => {
    const { ezo, play } = await board("oxygen", { reading: "5.55" });
    await read(ezo);
    play.quirks.alarm = "UV";
    expect(await read(ezo)).toEqual({ values: new Map(), problems: ["the board's supply is below 3.1 V"] });
    expect((await read(ezo)).values.get("oxygen")).toBe(5.55);
  });

  it("refuses to take one board for another", async () => {
    const { ezo } = await board("oxygen", { reading: "7.00", quirks: { saysItIs: "pH" } });
    expect((await read(ezo)).problems).toEqual(["a DO board is expected here, and pH answers"]);
  });

  it("that is mute is reopened after three silences, and is set up anew when it speaks again", async () => {
    const { ezo, play } = await board("oxygen", {
      reading: "7.00",
      quirks: { mute: true },
      timeoutMs: IMPATIENT,
    });
    for (let i = 0; i < 3; i++) expect((await read(ezo)).values.size).toBe(0);
    await eventually(() =>
      expect(running.states).toContainEqual({ state: "lost", reason: "nothing answered 3 times in a row" }),
    );
    play.quirks.mute = false;
    await eventually(async () => expect((await read(ezo)).values.get("oxygen")).toBe(7));
  });

  it("that is unplugged is a state with its reason; replugged it measures again", async () => {
    const { ezo } = await board("oxygen", { reading: "7.00" });
    await read(ezo);
    await pair.unplug();
    await eventually(() => expect(running.keeper.state().state).toBe("lost"));
    const { values, problems } = await read(ezo);
    expect([values.size, problems[0]]).toEqual([0, expect.stringMatching(/^port: ./)]);
    expect(ezo.health().state).toBe("failing");
    await pair.replug();
    playEzoBoard(await pair.far(), { board: "oxygen", reading: "6.50" });
    await eventually(async () => expect((await read(ezo)).values.get("oxygen")).toBe(6.5));
    expect(running.states.map(({ state }) => state)).toContain("lost");
  });

  it("is calibrated step by step, and says what it does not take", async () => {
    const { ezo, play } = await board("ph", { reading: "7.02" });
    expect(await ezo.calibrate({ name: "mid", value: 7 })).toBeUndefined();
    expect(play.heard.at(-1)).toBe("Cal,mid,7");
    expect(await ezo.calibrate({ name: "mid" })).toBe('step "mid" needs the standard\'s value');
    expect(await ezo.calibrate({ name: "air" })).toMatch(/^ph has no step "air", only mid/);
  });
});
