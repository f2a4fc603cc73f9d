import { afterAll, beforeAll, describe, expect, it } from "vitest";
import webPush from "web-push";
import { INTENT_HEADER } from "../../../../../portal/api.ts";
import { startWorld } from "../../fixture/world.ts";
import { type PushServer, startPushServer } from "./push-server.ts";

describe("a browser that wants to be told of alarms", () => {
  let server: PushServer;
  let world: Awaited<ReturnType<typeof startWorld>>;
  const keys = { ...webPush.generateVAPIDKeys(), contact: "mailto:provider@example.org" };

  beforeAll(async () => {
    server = await startPushServer();
    world = await startWorld({ push: { keys, hosts: [server.host], ca: server.ca } });
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const ask = (path: string, body: unknown) =>
    world.as("farmer-daochang")(path, {
      method: "POST",
      headers: { "content-type": "application/json", origin: world.url, [INTENT_HEADER]: "1" },
      body: JSON.stringify(body),
    });
  const subscribe = (change: object) =>
    ask("/api/v1/push/subscriptions", { language: "zh", ...server.subscribe("phone"), ...change });

  it("gets the key to subscribe with, and is taken in and let go", async () => {
    const answer = await world.as("farmer-daochang")("/api/v1/push/key");
    expect(await answer.json()).toEqual({ publicKey: keys.publicKey });
    expect((await subscribe({})).status).toBe(204);
    const { endpoint } = server.subscribe("phone");
    expect((await ask("/api/v1/push/subscriptions/remove", { endpoint })).status).toBe(204);
  });

  it.each([
    ["an address that is no push service's", { endpoint: "https://127.0.0.1:8081/api/v1/alarms" }],
    ["a key that is none", { keys: { p256dh: "short", auth: "short" } }],
    ["a language that nobody speaks here", { language: "xx" }],
    ["something that was not asked for", { account: "0x00" }],
  ])("is refused with %s", async (_, change) => {
    const answer = await subscribe(change);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
  });

  it("is nobody who is not signed in", async () => {
    expect((await fetch(`${world.url}/api/v1/push/key`)).status).toBe(401);
  });
});
