import { p256 } from "@noble/curves/nist.js";
import { expect, test } from "vitest";
import type { Verdict } from "../../../protocol/admission.ts";
import { toHex, uintWord } from "../../../protocol/bytes.ts";
import { encodeRecord } from "../../../protocol/record.ts";
import { chainHash, lowS } from "../../../protocol/signature.ts";
import { makeChain, makeFrame, makeKey, makeReading, sign, type TestKey } from "../../factories.ts";
import { PERIOD_MS, pairDevice, readFeed, START_MS, startGateway } from "./harness.ts";

const key = makeKey("alpha");
const other = makeKey("beta");
const chain = makeChain({ key, count: 6 });

/** The answer to one frame after the first three of the chain are stored. */
async function answerTo(frame: Uint8Array, device: TestKey = key): Promise<Verdict | undefined> {
  await using site = await startGateway();
  await using probe = await pairDevice(site, device);
  await probe.send(chain.slice(0, 3), 3);
  await probe.ack(({ contiguous }) => contiguous === 2);
  const before = probe.acks.length;
  await probe.send([frame]);
  await probe.ack((ack) => probe.acks.indexOf(ack) >= before);
  const { verdicts } = site.gateway.devices()[0]!;
  const refused = probe.acks.at(-1)!.verdicts[0]?.verdict;
  const counted = (Object.keys(verdicts) as Verdict[]).filter(
    (verdict) => verdicts[verdict] > (verdict === "stored" ? 3 : 0),
  );
  if (refused !== undefined) {
    expect(counted).toEqual([refused]);
    const [kept] = site.gateway.evidence({ device: device.device, verdict: refused, limit: 10 });
    expect(toHex(kept!.frame)).toBe(toHex(frame));
  }
  return counted[0];
}

const third = chain[2]!;
const afterThird = { seq: 3, timeMs: START_MS + 3 * PERIOD_MS, prev: chainHash(third.subarray(0, 96)) };

test("the next record of a stream is stored, and acknowledged without a verdict", async () => {
  expect(await answerTo(chain[3]!)).toBe("stored");
});

test("the record that is stored already is a duplicate, under any signature", async () => {
  expect(await answerTo(third)).toBe("duplicate");
  expect(await answerTo(withHighS(third))).toBe("duplicate");
});

test("another record under a stored number is a conflict, and kept as evidence", async () => {
  expect(await answerTo(makeFrame(key, { seq: 2, timeMs: START_MS + 2 * PERIOD_MS + 1 }))).toBe("conflict");
});

test("a record behind a gap is ahead", async () => {
  expect(await answerTo(chain[5]!)).toBe("ahead");
});

test("a flipped bit in a measured value is a bad signature", async () => {
  const frame = chain[3]!.slice();
  frame[35]! ^= 1;
  expect(await answerTo(frame)).toBe("bad-signature");
});

test("a record that does not name the one before it breaks the chain", async () => {
  expect(await answerTo(makeFrame(key, { ...afterThird, prev: new Uint8Array(32) }))).toBe("broken-chain");
});

test("a record that is not later than the one before it is refused", async () => {
  expect(await answerTo(makeFrame(key, { ...afterThird, timeMs: START_MS + 2 * PERIOD_MS }))).toBe(
    "not-increasing",
  );
});

test("times before the gateway's build and far ahead of its clock are impossible", async () => {
  expect(await answerTo(makeFrame(key, { ...afterThird, timeMs: 1_000 }))).toBe("impossible-time");
  expect(await answerTo(makeFrame(key, { ...afterThird, timeMs: START_MS + 86_400_000 }))).toBe(
    "impossible-time",
  );
});

test("a time ahead of a clock that is not trusted is believed", async () => {
  await using site = await startGateway();
  site.trust.current = { trusted: false, reason: "no network yet" };
  await using probe = await pairDevice(site, key);
  await probe.send([makeFrame(key, { timeMs: START_MS + 86_400_000 })]);
  await probe.ack(({ contiguous }) => contiguous === 0);
});

test("a record of another schema is malformed", async () => {
  const record = encodeRecord(makeReading(key, afterThird));
  record[1] = 2;
  expect(await answerTo(sign(key, record))).toBe("malformed");
});

test("a record in the name of another device is of an unknown device", async () => {
  expect(await answerTo(makeFrame(other, { seq: 3, timeMs: afterThird.timeMs }))).toBe("unknown-device");
});

test("readings from the time of a revocation on are refused, earlier ones are not", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  site.gateway.revoke({ device: key.device, fromMs: START_MS + 2 * PERIOD_MS });
  await probe.send(chain.slice(0, 3), 3);
  const ack = await probe.ack(({ verdicts }) => verdicts.length > 0);
  expect(ack).toEqual({ contiguous: 1, missing: [], verdicts: [{ seq: 2, verdict: "revoked" }] });
});

test("a payload that is no sequence of frames is malformed, and does not close the connection", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  for (const length of [0, 1, 159, 161, 65 * 160]) await probe.send([new Uint8Array(length)]);
  await probe.send([chain[0]!]);
  await probe.ack(({ contiguous }) => contiguous === 0);
  expect(site.gateway.stats().verdicts.malformed).toBe(5);
  expect(probe.client.connected).toBe(true);
});

test("a signature with a high s is admitted, and stored with the low one", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  const frame = withHighS(chain[0]!);
  expect(toHex(frame)).not.toBe(toHex(chain[0]!));
  await probe.send([frame]);
  await probe.ack(({ contiguous }) => contiguous === 0);
  const [item] = await readFeed(site.gateway);
  expect(item?.kind === "reading" && toHex(item.frame)).toBe(toHex(chain[0]!));
});

test("a batch of mixed frames is answered by one acknowledgement, which names the refused ones alone", async () => {
  await using site = await startGateway();
  await using probe = await pairDevice(site, key);
  const broken = chain[1]!.slice();
  broken[150]! ^= 1;
  await probe.send([chain[0]!, broken, chain[1]!, chain[1]!], 4);
  const ack = await probe.ack(({ contiguous }) => contiguous === 1);
  expect(ack).toEqual({ contiguous: 1, missing: [], verdicts: [{ seq: 1, verdict: "bad-signature" }] });
});

function withHighS(frame: Uint8Array): Uint8Array {
  const high = frame.slice();
  const s = BigInt(toHex(frame.subarray(128)));
  high.set(uintWord(p256.Point.Fn.ORDER - s), 128);
  expect(toHex(lowS(high.subarray(96)))).toBe(toHex(frame.subarray(96)));
  return high;
}
