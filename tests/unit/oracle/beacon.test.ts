import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBeaconClient, createBeaconTurn } from "../../../oracle/beacon.ts";
import { decodeBeacon } from "../../../protocol/messages.ts";
import { gatewayTopic } from "../../../protocol/topics.ts";
import { createManualClock, makeKey } from "../../factories.ts";
import { connectDevice, PERIOD_MS, SITE, startGateway, type TestGateway, TOKEN } from "../edge/harness.ts";

const key = makeKey("alpha");
const hashOf = (number: number) => `0x${number.toString(16).padStart(64, "0")}`;
const { signal } = new AbortController();

describe("a beacon on its way from the ledger to the probes", () => {
  let site: TestGateway;
  const urlOf = () => `http://127.0.0.1:${site.gateway.ports.http}`;
  beforeAll(async () => {
    site = await startGateway();
    site.gateway.pair({ publicKey: key.publicKey, periodMs: PERIOD_MS });
  });
  afterAll(() => site[Symbol.asyncDispose]());

  it("is the newest block, told again every five minutes, and retained for who connects later", async () => {
    const clock = createManualClock(1_750_000_000_000);
    let number = 7;
    const announced: number[] = [];
    const client = createBeaconClient({ url: urlOf(), token: TOKEN });
    const turn = createBeaconTurn({
      getLedger: async () => ({ head: async () => ({ number, hash: hashOf(number), timestamp: 0 }) }),
      announce: async (beacon, ending) => {
        await client(beacon, ending);
        announced.push(beacon.number);
      },
      clock,
    });
    await turn(signal);
    number = 8;
    clock.advance(299_000);
    await turn(signal);
    clock.advance(1_000);
    await turn(signal);
    expect(announced).toEqual([7, 8]);

    await using probe = await connectDevice(site.gateway.ports.mqtt, key);
    const heard = new Promise<Buffer>((resolve) => {
      probe.client.on("message", (topic, payload) => {
        if (topic === gatewayTopic(SITE, "beacon")) resolve(payload);
      });
    });
    await probe.client.subscribeAsync(gatewayTopic(SITE, "beacon"), { qos: 1 });
    expect(decodeBeacon(await heard)).toEqual({ number: 8, hash: hashOf(8) });
  });

  it("is refused without the token, and when it is no block", async () => {
    const send = (token: string, body: object) =>
      fetch(`${urlOf()}/api/v1/beacon`, {
        method: "PUT",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      }).then(({ status }) => status);
    const sound = { number: 9, hash: hashOf(9) };
    expect(await send("another token than the gateway's", sound)).toBe(401);
    expect(await send(TOKEN, { ...sound, hash: "0x12" })).toBe(400);
    expect(await send(TOKEN, { ...sound, more: 1 })).toBe(400);
  });

  it("that nobody takes is an error that passes", async () => {
    const client = createBeaconClient({ url: urlOf(), token: "another token than the gateway's" });
    await expect(client({ number: 9, hash: hashOf(9) }, signal)).rejects.toMatchObject({
      code: "FEED_UNREACHABLE",
    });
  });
});
