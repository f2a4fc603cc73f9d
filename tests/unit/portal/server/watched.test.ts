import { expect, it } from "vitest";
import { serve, TOKEN } from "../fixture/upstreams.ts";
import { startWorld } from "../fixture/world.ts";

const counts = { batches: 7, verified: 5, behind: 1, refuted: 1, convicted: 0, missing: 0 };

async function watched(answer: unknown): Promise<{ status: number; body: unknown }> {
  const watcher = await serve((_, response) => {
    response.end(JSON.stringify(answer));
  });
  await using world = await startWorld({ watcher: { url: watcher.url, token: TOKEN } });
  const response = await fetch(`${world.url}/api/v1/watched`);
  await watcher.close();
  return { status: response.status, body: await response.json() };
}

it("what the insurer's watcher found of all batches is shown, and nothing else that it says", async () => {
  expect(await watched({ ...counts, cases: {}, problems: ["x"] })).toEqual({ status: 200, body: counts });
});

it("a watcher that says something else is one that does not answer", async () => {
  const { status, body } = await watched({ ...counts, verified: -1 });
  expect({ status, body }).toMatchObject({ status: 502, body: { code: "upstream-down" } });
});

it("a portal without a watcher says so", async () => {
  await using world = await startWorld();
  const response = await fetch(`${world.url}/api/v1/watched`);
  expect([response.status, await response.json()]).toEqual([200, null]);
});
