import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { openFileKey } from "../../../firmware-sim/key.ts";
import { openOutbox } from "../../../firmware-sim/outbox.ts";
import { createRecorder } from "../../../firmware-sim/recorder.ts";
import { decodeRecord } from "../../../protocol/record.ts";
import { chainHash, deviceId, splitFrame, verifyRecord } from "../../../protocol/signature.ts";

/** Runs a recorder in a process of its own, kills it after some records, and returns the last number it spoke of. */
async function recordAndKill(options: { key: string; outbox: string; records: number }): Promise<number> {
  const script = join(import.meta.dirname, "recording-process.ts");
  const child = spawn(process.execPath, [script, options.key, options.outbox], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let last = -1;
  let heard = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (++heard === options.records) child.kill("SIGKILL");
  }
  await exited;
  return last;
}

test("a reader that is killed again and again leaves one unbroken chain, and every number it spoke of is in it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pondproof-kill-"));
  const key = join(folder, "key.pem");
  const path = join(folder, "outbox.db");
  let spoken = -1;
  for (const records of [1, 7, 20, 3, 40]) {
    const last = await recordAndKill({ key, outbox: path, records });
    expect(last).toBeGreaterThan(spoken);
    spoken = last;
  }

  const signer = await openFileKey(key);
  await using outbox = openOutbox({ path });
  const mine = outbox.device(deviceId(signer.publicKey));
  await createRecorder({ signer, outbox: mine }).signPending();
  const frames = mine.frames({ fromSeq: 0, limit: 10_000 });
  expect(frames.length).toBeGreaterThan(spoken);
  let prev: Uint8Array = new Uint8Array(32);
  for (const [i, { frame }] of frames.entries()) {
    const { record, signature } = splitFrame(frame);
    expect(decodeRecord(record)).toMatchObject({ seq: i, prev });
    expect(verifyRecord(record, signature, signer.publicKey)).toBe(true);
    prev = chainHash(record);
  }
  await rm(folder, { recursive: true });
});
