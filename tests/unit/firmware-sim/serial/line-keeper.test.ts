import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Line } from "../../../../firmware-sim/serial/line.ts";
import {
  createLineKeeper,
  type LineKeeper,
  type LineState,
} from "../../../../firmware-sim/serial/line-keeper.ts";
import { PondproofError } from "../../../../protocol/errors.ts";
import { createManualClock, type ManualClock } from "../../../factories.ts";

let clock: ManualClock;
let states: LineState[];
let stop: AbortController;
let running: Promise<void>;
let keeper: LineKeeper;
/** What happens at each attempt to open: a line, or why there is none. */
let attempts: ("line" | string)[];
let opened: { atMs: number }[];
let hangUp: (reason: string) => void;

function makeLine(): Line {
  const { promise: closed, resolve } = Promise.withResolvers<string>();
  hangUp = resolve;
  return { closed, listen() {}, write: async () => {}, close: async () => resolve("closed") };
}

beforeEach(() => {
  clock = createManualClock(0);
  states = [];
  attempts = [];
  opened = [];
  stop = new AbortController();
  keeper = createLineKeeper({
    name: "port",
    clock,
    // No jitter: waits of 0.5, 0.75, 1.125 … seconds.
    random: () => 0,
    onState: (state) => states.push(state),
    async open() {
      opened.push({ atMs: clock.now() });
      const attempt = attempts.shift() ?? "line";
      if (attempt !== "line") throw new PondproofError("SERIAL_LINE_DOWN", { problem: attempt });
      return makeLine();
    },
  });
  running = keeper.run(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
/** Lets time pass in small steps. */
async function pass(ms: number) {
  for (let i = 0; i < ms / 50; i++) {
    clock.advance(50);
    await turn();
  }
}

describe("the keeper of a line", () => {
  it("tells the first failure and the recovery, and backs off to a minute at most, for ever", async () => {
    await turn();
    attempts = Array.from({ length: 20 }, () => "no such device");
    hangUp("unplugged");
    await pass(600_000);
    const waits = opened.slice(1).map(({ atMs }, i) => atMs - opened[i]!.atMs);
    expect(Math.max(...waits)).toBeLessThanOrEqual(30_100);
    expect(waits.slice(1, 4)).toEqual([750, 1_150, 1_700]);
    await vi.waitFor(async () => {
      await pass(60_000);
      expect(keeper.state()).toEqual({ state: "open" });
    });
    expect(states.map(({ state }) => state)).toEqual(["open", "lost", "open"]);
    expect(states[1]).toEqual({ state: "lost", reason: "unplugged" });
  });

  it("begins the back-off anew after something good was heard, and not because a port could be opened", async () => {
    await turn();
    for (let i = 0; i < 6; i++) {
      hangUp("flapping");
      await pass(10_000);
    }
    const waits = () => opened.slice(1).map(({ atMs }, i) => atMs - opened[i]!.atMs);
    expect(opened).toHaveLength(7);
    const before = opened.at(-1)!.atMs;
    hangUp("flapping");
    await pass(5_000);
    expect(opened.at(-1)!.atMs).toBe(before);
    await pass(10_000);
    keeper.heard();
    hangUp("flapping");
    await pass(550);
    expect(keeper.state()).toEqual({ state: "open" });
    expect(waits().every((wait) => wait > 0)).toBe(true);
  });

  it("opens a line again that was silent three times in a row", async () => {
    await turn();
    keeper.unheard();
    keeper.unheard();
    keeper.heard();
    keeper.unheard();
    keeper.unheard();
    await turn();
    expect(keeper.state()).toEqual({ state: "open" });
    keeper.unheard();
    await turn();
    expect(states.at(-1)).toEqual({ state: "lost", reason: "nothing answered 3 times in a row" });
  });

  it("gives the line to one at a time, in the order of asking, and to nobody while it is gone", async () => {
    await turn();
    const order: string[] = [];
    const first = keeper.use(async () => {
      order.push("first begins");
      await turn();
      order.push("first ends");
      throw new PondproofError("SERIAL_LINE_DOWN", { problem: "broken pipe" });
    });
    const second = keeper.use(async () => order.push("second"));
    expect(await first).toEqual({ kind: "down", reason: "broken pipe" });
    expect(await second).toMatchObject({ kind: "used" });
    expect(order).toEqual(["first begins", "first ends", "second"]);
    hangUp("unplugged");
    await turn();
    expect(await keeper.use(async () => 1)).toEqual({ kind: "down", reason: "unplugged" });
  });
});
