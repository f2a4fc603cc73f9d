import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFileTrust } from "../../../edge/clock-trust.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { HOLDING_MS, PERIOD_MS, pairDevice, readFeed, startGateway } from "./harness.ts";

const START_MS = 1_750_000_000_000;
let folder: string;
let file: string;
let wallMs: number;
let steadyMs: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pondproof-clock-"));
  file = join(folder, "synchronized");
  wallMs = START_MS;
  steadyMs = 5_000;
});
afterEach(() => rmSync(folder, { recursive: true }));

const pass = (ms: number) => {
  wallMs += ms;
  steadyMs += ms;
};
const touch = () => {
  writeFileSync(file, "");
  utimesSync(file, wallMs / 1000, wallMs / 1000);
};
const watch = () => createFileTrust({ file, now: () => wallMs, steadyNow: () => steadyMs });

test("a clock is believed once the time service has touched its file, and not before", async () => {
  const clock = watch();
  expect(clock.trust()).toEqual({ trusted: false, reason: "not looked at yet" });
  await clock.refresh();
  expect(clock.trust()).toEqual({ trusted: false, reason: `${file} is not there` });
  touch();
  await clock.refresh();
  expect(clock.trust()).toEqual({ trusted: true, source: file, errorBoundMs: null });
});

test.each([
  ["forth", 3_600_000],
  ["back", -3_600_000],
])(
  "a clock that is set %s is believed again when the time service has touched the file since",
  async (_, by) => {
    touch();
    const clock = watch();
    await clock.refresh();
    pass(60_000);
    expect(clock.trust().trusted).toBe(true);
    wallMs += by;
    expect(clock.trust()).toEqual({ trusted: false, reason: `the clock was set by ${by / 1000} s` });
    expect(clock.steps()).toBe(1);
    // Set back, the file seems to be of the future: it is of before the jump all the same.
    if (by > 0) {
      await clock.refresh();
      expect(clock.trust().trusted).toBe(false);
    }
    pass(60_000);
    touch();
    await clock.refresh();
    expect(clock.trust().trusted).toBe(true);
  },
);

test("a clock that is slewed or drifts a little is believed on", async () => {
  touch();
  const clock = watch();
  await clock.refresh();
  for (let i = 0; i < 100; i++) {
    pass(60_000);
    wallMs += 400;
    expect(clock.trust().trusted).toBe(true);
  }
  expect(clock.steps()).toBe(0);
});

test("a clock that jumps a year ahead makes no hole of a gap that is seconds old", async () => {
  let steady = 0;
  const key = makeKey("alpha");
  const chain = makeChain({ key, count: 3, periodMs: 1_000 });
  await using site = await startGateway({ steadyNow: () => steady });
  await using probe = await pairDevice(site, key);
  await probe.send([chain[0]!, chain[2]!], 2);
  await probe.ack(({ missing }) => missing.length === 1);
  for (let i = 0; i < 20; i++) {
    site.clock.advance(365 * 86_400_000);
    await new Promise((next) => setImmediate(next));
  }
  expect(await readFeed(site.gateway)).toHaveLength(1);
  steady += HOLDING_MS;
  while ((await readFeed(site.gateway)).length < 3) {
    site.clock.advance(HOLDING_MS);
    await new Promise((next) => setImmediate(next));
  }
  expect((await readFeed(site.gateway)).map(({ kind }) => kind)).toEqual(["reading", "hole", "reading"]);
});

test("a clock that is set back keeps no silent probe's value fresh", async () => {
  let steady = 0;
  const key = makeKey("alpha");
  await using site = await startGateway({ steadyNow: () => steady });
  await using probe = await pairDevice(site, key);
  await probe.send(makeChain({ key, count: 1, startMs: site.clock.now() }));
  await probe.ack(({ contiguous }) => contiguous === 0);
  const reasons = async () =>
    (await (await fetch(`http://127.0.0.1:${site.gateway.ports.http}/health`)).json()).reasons;
  expect(await reasons()).toEqual([]);
  site.clock.advance(-86_400_000);
  steady += 4 * PERIOD_MS;
  expect(await reasons()).toContainEqual({ code: "probe-silent", device: key.device });
});
