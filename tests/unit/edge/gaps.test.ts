import { expect, test } from "vitest";
import type { FeedItem } from "../../../protocol/feed.ts";
import { HOLE_REASONS } from "../../../protocol/node.ts";
import { chainHash } from "../../../protocol/signature.ts";
import { deviceTopic } from "../../../protocol/topics.ts";
import { makeChain, makeFrame, makeKey } from "../../factories.ts";
import {
  closeOf,
  connectDevice,
  HOLDING_MS,
  PERIOD_MS,
  pairDevice,
  readFeed,
  SITE,
  START_MS,
  startGateway,
} from "./harness.ts";

const key = makeKey("alpha");
const chain = makeChain({ key, count: 10 });
const kinds = (items: FeedItem[]) =>
  items.map((item) => (item.kind === "reading" ? item.seq : `hole ${item.seq}: ${item.reason}`));

test("frames behind a gap are held, the missing ranges asked for, and all stored when they arrive", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  await probe.send([chain[0]!, chain[3]!, chain[4]!, chain[7]!], 4);
  const ack = await probe.ack(({ missing }) => missing.length === 2);
  expect(ack).toEqual({
    contiguous: 0,
    missing: [
      [1, 2],
      [5, 6],
    ],
    verdicts: [],
  });
  expect(kinds(await readFeed(site.gateway))).toEqual([0]);

  await probe.send([chain[2]!, chain[1]!, chain[6]!, chain[5]!], 2);
  expect((await probe.ack(({ contiguous }) => contiguous === 7)).missing).toEqual([]);
  expect(kinds(await readFeed(site.gateway))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(site.gateway.stats().held).toBe(0);
});

test("a gap becomes holes after the holding time, not before, and then the held frames follow", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  await probe.send([chain[0]!, chain[3]!], 2);
  await probe.ack(({ missing }) => missing.length === 1);
  site.clock.advance(HOLDING_MS - 1);
  await probe.send([chain[0]!]);
  await probe.ack((ack) => probe.acks.indexOf(ack) > 1);
  expect(kinds(await readFeed(site.gateway))).toEqual([0]);

  site.clock.advance(HOLDING_MS / 10);
  await probe.ack(({ contiguous }) => contiguous === 3);
  const notReceived = HOLE_REASONS["not-received"];
  expect(kinds(await readFeed(site.gateway))).toEqual([
    0,
    `hole 1: ${notReceived}`,
    `hole 2: ${notReceived}`,
    3,
  ]);
});

test("a frame for a position that has become a hole is late, and kept so that it can be shown", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  await probe.send([chain[0]!, chain[2]!], 2);
  await probe.ack(({ missing }) => missing.length === 1);
  site.clock.advance(2 * HOLDING_MS);
  await probe.ack(({ contiguous }) => contiguous === 2);
  await probe.send([chain[1]!]);
  expect((await probe.ack(({ verdicts }) => verdicts.length > 0)).verdicts).toEqual([
    { seq: 1, verdict: "late" },
  ]);
  expect(site.gateway.evidence({ device: key.device, verdict: "late", limit: 10 })).toHaveLength(1);
});

test("a hole says what the last frame heard for its position was refused for", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  const forged = chain[1]!.slice();
  forged[150]! ^= 1;
  const unchained = makeFrame(key, { seq: 1, timeMs: START_MS + PERIOD_MS });
  await probe.send([chain[0]!, forged, unchained, chain[2]!], 4);
  await probe.ack(({ missing }) => missing.length === 1);
  site.clock.advance(2 * HOLDING_MS);
  await probe.ack(({ contiguous }) => contiguous === 2);
  expect(kinds(await readFeed(site.gateway))).toEqual([0, `hole 1: ${HOLE_REASONS["broken-chain"]}`, 2]);
});

test("positions that the reader reports as lost become holes that say so, at the same time as any other", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  await probe.send([chain[0]!, chain[4]!], 2);
  await probe.ack(({ missing }) => missing.length === 1);
  const gap = JSON.stringify({ event: "gap", fromSeq: 0, toSeq: 2 });
  await probe.client.publishAsync(deviceTopic(SITE, key.device, "event"), gap, { qos: 1 });
  await probe.send([chain[0]!]);
  await probe.ack((ack) => probe.acks.indexOf(ack) > 1);
  expect(kinds(await readFeed(site.gateway))).toEqual([0]);
  site.clock.advance(2 * HOLDING_MS);
  await probe.ack(({ contiguous }) => contiguous === 4);
  expect(kinds(await readFeed(site.gateway))).toEqual([0, "hole 1: 1", "hole 2: 1", "hole 3: 2", 4]);
});

test("a held frame is judged by the clock of its arrival", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  site.trust.current = { trusted: false, reason: "no network yet" };
  const first = chain[0]!;
  const future = makeFrame(key, {
    seq: 2,
    timeMs: START_MS + 86_400_000,
    prev: chainHash(chain[1]!.subarray(0, 96)),
  });
  await probe.send([first, future], 2);
  await probe.ack(({ missing }) => missing.length === 1);
  site.trust.current = { trusted: true, source: "network", errorBoundMs: 10 };
  await probe.send([chain[1]!]);
  await probe.ack(({ contiguous }) => contiguous === 2);
});

test("of two held records with one number the first is stored and the second is a conflict", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  const twin = makeFrame(key, {
    seq: 2,
    timeMs: START_MS + 2 * PERIOD_MS + 1,
    prev: chainHash(chain[1]!.subarray(0, 96)),
  });
  await probe.send([chain[0]!, chain[2]!, twin, chain[1]!], 4);
  const ack = await probe.ack(({ contiguous }) => contiguous === 2);
  expect(ack.verdicts).toEqual([{ seq: 2, verdict: "conflict" }]);
});

test("what is held survives a restart, and the holding time counts from the gateway's return", async () => {
  await using site = await startGateway();
  {
    await using probe = await pairDevice(site, key);
    await probe.send([chain[0]!, chain[2]!], 2);
    await probe.ack(({ missing }) => missing.length === 1);
  }
  await site.restart({ afterMs: 10 * HOLDING_MS });
  expect(site.gateway.stats().held).toBe(1);
  await using probe = await connectDevice(site.gateway.ports.mqtt, key);
  expect((await probe.ack(() => true)).missing).toEqual([[1, 1]]);
  site.clock.advance(HOLDING_MS / 2);
  await probe.send([chain[1]!]);
  await probe.ack(({ contiguous }) => contiguous === 2);
  expect(kinds(await readFeed(site.gateway))).toEqual([0, 1, 2]);
});

test("no more frames are held than the limit allows, and none absurdly far ahead", async () => {
  await using site = await startGateway({ limits: { maxHeld: 2, maxGap: 6 } });
  await using probe = await pairDevice(site, key);
  await probe.send([chain[9]!, chain[2]!, chain[4]!, chain[6]!], 4);
  const ack = await probe.ack(({ missing }) => missing.length > 0);
  expect(ack.missing).toEqual([
    [0, 1],
    [3, 3],
  ]);
  expect(site.gateway.stats().held).toBe(2);
  const health = await fetch(`http://127.0.0.1:${site.gateway.ports.http}/health`);
  expect(health.status).toBe(503);
  expect((await health.json()).reasons).toContainEqual({ code: "hold-queue-full", device: key.device });
});

test("a device that begins to listen hears where its stream stands", async () => {
  await using site = await startGateway();
  {
    await using probe = await pairDevice(site, key);
    await probe.send(chain.slice(0, 4), 4);
    await probe.ack(({ contiguous }) => contiguous === 3);
    const gone = closeOf(probe.client);
    await probe.client.endAsync();
    await gone;
  }
  await using again = await connectDevice(site.gateway.ports.mqtt, key);
  expect(await again.ack(() => true)).toEqual({ contiguous: 3, missing: [], verdicts: [] });
});

test("a gap of thousands of positions is closed in several transactions", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  const far = makeFrame(key, { seq: 5_000, timeMs: START_MS + PERIOD_MS });
  await probe.send([chain[0]!, far], 2);
  await probe.ack(({ missing }) => missing.length === 1);
  site.clock.advance(2 * HOLDING_MS);
  await probe.ack(({ contiguous }) => contiguous === 5_000);
  expect(site.gateway.devices()[0]).toMatchObject({ nextSeq: 5_001, holes: 4_999 });
  expect((await readFeed(site.gateway)).map(({ seq }) => seq)).toEqual([...Array(5_001).keys()]);
});
