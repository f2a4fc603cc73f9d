import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { concatBytes, toHex } from "../../protocol/bytes.ts";
import { connectionBytes } from "../../protocol/signature.ts";
import { type Probe, signedPositions } from "../unit/protocol/signed-stream.ts";
import type { Sender, SenderTask } from "./senders.ts";

/** A thread in which probes send. */
export function startSenders(): Worker {
  return new Worker(new URL("./senders.ts", import.meta.url));
}

/** Resolves with the thread's answer. */
export async function perform(worker: Worker, task: SenderTask): Promise<number[]> {
  worker.postMessage(task);
  const [answer] = (await once(worker, "message")) as [number[]];
  return answer;
}

/** The first frames of a probe, one a minute. */
export function framesOf(probe: Probe, size: number): Uint8Array[] {
  return signedPositions({ probe, size }).flatMap((position) =>
    position.kind === "reading" ? [position.frame] : [],
  );
}

/** A probe with its login at a site's broker, and the frames that it is to send. */
export function senderOf(probe: Probe, frames: readonly Uint8Array[], site: string): Sender {
  const device = toHex(probe.device).slice(2);
  const clientId = `${device}-bench`;
  const password = Buffer.from(probe.sign(connectionBytes({ site, clientId }))).toString("base64url");
  return { device, login: { clientId, password }, frames: concatBytes(...frames) };
}
