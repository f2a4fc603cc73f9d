import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { writeDeployment } from "../../../ledger/deployment.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { keyOf, startTestChain } from "../ledger/chain.ts";
import { startFeedServer } from "./feed-server.ts";
import { batchEvents, createMemoryFeed, expectedContent, makeDir, registerProbes } from "./world.ts";

const CHILD = fileURLToPath(new URL("./kill-child.ts", import.meta.url));
const TOKEN = "token-of-the-killed-oracle";

it("anchors every reading exactly once though the process is killed at every step of a batch", {
  timeout: 120_000,
}, async () => {
  using folder = makeDir();
  await using chain = await startTestChain({ genesisMs: Date.UTC(2025, 5, 20) });
  const keys = [makeKey("k1"), makeKey("k2")];
  await registerProbes(chain, keys);
  const feed = createMemoryFeed();
  for (const key of keys) feed.readings(key, makeChain({ key, count: 30 }));
  await using gateway = await startFeedServer({ feed, token: TOKEN });
  const deployment = join(folder.dir, "deployment.json");
  await writeDeployment(deployment, chain.deployment);

  /** Runs the oracle until it dies at a step, or is stopped once it has reported one. */
  const run = async ({ dieAt = "", until = "" }: { dieAt?: string; until?: string }) => {
    const args = [CHILD, deployment, gateway.url, TOKEN, join(folder.dir, "store"), keyOf("operator"), dieAt];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const exit = once(child, "exit");
    for await (const line of createInterface(child.stdout)) if (line === until) child.kill("SIGKILL");
    const [, signal] = await exit;
    return signal;
  };

  for (const dieAt of ["sealed:1", "signed:2", "sent:3", "mined:4", "anchored:5"])
    expect(await run({ dieAt })).toBe("SIGKILL");
  await run({ until: "anchored:6" });

  const { events, sent } = await batchEvents(chain);
  expect(events.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(events.at(-1)).toMatchObject(expectedContent(chain, feed, keys));
  expect(sent).toBe(6);
});
