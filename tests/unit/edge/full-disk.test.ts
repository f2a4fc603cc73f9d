import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openStore } from "../../../edge/store.ts";
import { toHex } from "../../../protocol/bytes.ts";
import { makeChain, makeKey } from "../../factories.ts";
import { isMissing, prlimit } from "../../real-components.ts";
import { connectDevice } from "./harness.ts";

const key = makeKey("alpha");
const chain = makeChain({ key, count: 400, periodMs: 100 });

/** Lets a process write files of so many bytes at most, as a full disk would. */
function limitFiles(pid: number, bytes: number | "unlimited"): void {
  execFileSync(prlimit.path!, ["--pid", String(pid), `--fsize=${bytes}:`]);
}

test.skipIf(isMissing(prlimit))(
  "a gateway that cannot write refuses what it cannot keep, loses nothing, and goes on when there is room",
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "pondproof-full-"));
    const script = fileURLToPath(new URL("child-gateway.ts", import.meta.url));
    const child = fork(script, [dataDir, toHex(key.publicKey)], { execArgv: [] });
    const [port] = (await once(child, "message")) as [number];
    const exited = once(child, "exit");
    const probe = await connectDevice(port, key);
    await probe.send(chain.slice(0, 10), 10);
    await probe.ack(({ contiguous }) => contiguous === 9);

    limitFiles(child.pid!, 4_096);
    await probe.send(chain.slice(10, 200), 10);
    const refused = await probe.ack(({ verdicts }) => verdicts.length > 0);
    expect(refused.verdicts.every(({ verdict }) => verdict === "not-stored")).toBe(true);
    expect(refused.contiguous).toBeGreaterThanOrEqual(9);
    const heldDurably = Math.max(...probe.acks.map(({ contiguous }) => contiguous));

    limitFiles(child.pid!, "unlimited");
    // The reader sends again from behind what was acknowledged.
    await probe.send(chain.slice(heldDurably + 1), 10);
    await probe.ack(({ contiguous }) => contiguous === 399);
    await probe[Symbol.asyncDispose]();
    child.kill("SIGKILL");
    await exited;

    const store = openStore({ path: join(dataDir, "gateway.db") });
    const feed = store.positions.after(0, 1_000);
    store.close();
    expect(feed.map((item) => item.kind === "reading" && toHex(item.frame))).toEqual(
      chain.map((f) => toHex(f)),
    );
    await rm(dataDir, { recursive: true });
  },
);
