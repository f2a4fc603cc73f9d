import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { forgeTree } from "../../../../demo/liar/forged-tree.ts";
import { writeDeployment } from "../../../../ledger/deployment.ts";
import { streamOfKey } from "../../../../ledger/devices.ts";
import { readEvents } from "../../../../ledger/events.ts";
import { fromHex, writeUint } from "../../../../protocol/bytes.ts";
import { makeChain, makeKey } from "../../../factories.ts";
import { keyOf, startTestChain } from "../../ledger/chain.ts";
import { makeDir, registerProbes } from "../world.ts";
import { startLyingOperator, TOKEN } from "./lying-operator.ts";

const CHILD = fileURLToPath(new URL("./kill-child.ts", import.meta.url));
const GENESIS_MS = Date.UTC(2025, 5, 1);

it("convicts exactly once though the watcher is killed after every step of the case", {
  timeout: 90_000,
}, async () => {
  using folder = makeDir();
  await using chain = await startTestChain({ genesisMs: GENESIS_MS });
  const key = makeKey("killed watcher");
  await registerProbes(chain, [key]);
  await using operator = await startLyingOperator(chain);
  const frames = makeChain({ key, count: 9, startMs: GENESIS_MS - 86_400_000 });
  const tree = forgeTree({
    streamId: fromHex(streamOfKey(chain.deployment, key.publicKey)),
    positions: frames.map((frame) => ({ kind: "reading", frame })),
    lie({ level, index }, aggregate) {
      if (level === 1 && index === 1) writeUint(aggregate, 64, 4, 1);
      return aggregate;
    },
  });
  await operator.anchor([{ tree }]);
  const deployment = join(folder.dir, "deployment.json");
  await writeDeployment(deployment, chain.deployment);

  const steps: string[] = [];
  do {
    const args = [CHILD, deployment, operator.url, TOKEN, folder.dir, keyOf("agent")];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const exit = once(child, "exit");
    for await (const line of createInterface(child.stdout)) steps.push(line);
    expect((await exit)[1]).toBe("SIGKILL");
  } while (steps.at(-1) !== "convicted");
  // Whoever dies right after sending finds, on coming back, that the ledger has it.
  expect(steps).toEqual(["signed", "sent", "committed", "signed", "sent", "convicted"]);

  const ledger = await chain.connect("agent");
  const events = await readEvents({ ledger, kinds: ["Convicted"] });
  expect(events).toMatchObject([{ code: "BadCombine", batch: 1 }]);
  expect(await ledger.account.minedCount()).toBe(2);
  ledger.close();
});
