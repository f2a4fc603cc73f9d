import { describe, expect, it } from "vitest";
import { createSimClock } from "../../../demo/sim-clock.ts";

const never = new AbortController().signal;

describe("the simulated clock", () => {
  it("stands still until it is advanced", async () => {
    const clock = createSimClock({ startMs: 1000 });
    expect(clock.now()).toBe(1000);
    await clock.advance(5000);
    expect(clock.now()).toBe(5000);
  });

  it("wakes who waits in order of time, each at his own moment", async () => {
    const clock = createSimClock({ startMs: 0 });
    const seen: [string, number][] = [];
    const note = (name: string) => () => seen.push([name, clock.now()]);
    const waits = [
      clock.wait(30, never).then(note("c")),
      clock.wait(10, never).then(note("a")),
      clock.wait(20, never).then(note("b")),
    ];
    await clock.advance(100);
    await Promise.all(waits);
    expect(seen).toEqual([
      ["a", 10],
      ["b", 20],
      ["c", 30],
    ]);
  });

  it("never lets a participant miss a moment, however long he works", async () => {
    const clock = createSimClock({ startMs: 0 });
    const participant = clock.join();
    const samples: number[] = [];
    const stop = new AbortController();
    const work = (async () => {
      for (let due = 10; due <= 100; due += 10) {
        await participant.wait(due, stop.signal);
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
        samples.push(participant.now());
      }
      participant.leave();
    })();
    await clock.advance(1000);
    await work;
    expect(samples).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  });

  it("goes on without a participant who has left", async () => {
    const clock = createSimClock({ startMs: 0 });
    clock.join().leave();
    await clock.advance(10);
    expect(clock.now()).toBe(10);
  });

  it("ends a wait with the signal's reason", async () => {
    const clock = createSimClock({ startMs: 0 });
    const stop = new AbortController();
    const waiting = clock.wait(10, stop.signal);
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await clock.advance(20);
  });
});
