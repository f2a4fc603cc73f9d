import { equalBytes } from "../../protocol/bytes.ts";
import { recordDevice, recordProblem, recordSeq } from "../../protocol/record.ts";
import { splitFrame, verifyRecord } from "../../protocol/signature.ts";
import type { DeviceOutbox } from "../outbox.ts";

/** What happened to a frame that a microcontroller sent. */
export type Forwarded =
  /** It lies in the outbox, durably. */
  | { kind: "kept" }
  /** The outbox had it already, or the gateway has. */
  | { kind: "known" }
  /** Numbers before it are lacking; the controller is asked for them. */
  | { kind: "early" }
  /** The controller has lost them: it was asked often enough. */
  | { kind: "kept-after-gap"; fromSeq: number; toSeq: number }
  | { kind: "full" }
  /** Damaged on the line, or not this device's. */
  | { kind: "refused"; problem: "malformed" | "another device" | "bad signature" };

/** A frame may come too early this often, from one number on, before the reader believes that nothing comes before it. */
const ASKS = 3;

/** Takes a device's signed frames into its outbox as they are; nothing is signed again. */
export function createForwarder(options: {
  device: Uint8Array;
  /** x ‖ y, 64 bytes. */
  publicKey: Uint8Array;
  outbox: DeviceOutbox;
}): { take(frame: Uint8Array): Promise<Forwarded> } {
  const { device, publicKey, outbox } = options;
  /** The lowest number that was offered instead of `nextSeq`, and how often. */
  let early = { nextSeq: -1, seq: 0, times: 0 };

  const keep = async (record: Uint8Array, signature: Uint8Array): Promise<"kept" | "full"> => {
    const kept = await outbox.append(record);
    if (kept === "kept") outbox.attachSignature(recordSeq(record), signature);
    return kept;
  };
  return {
    async take(frame) {
      const { record, signature } = splitFrame(frame);
      if (recordProblem(record) !== undefined) return { kind: "refused", problem: "malformed" };
      if (!equalBytes(recordDevice(record), device)) return { kind: "refused", problem: "another device" };
      const { nextSeq } = outbox.head();
      const seq = recordSeq(record);
      // Checked before anything is believed of it, and after what costs nothing.
      if (seq < nextSeq) return { kind: "known" };
      if (!verifyRecord(record, signature, publicKey)) return { kind: "refused", problem: "bad signature" };
      if (seq === nextSeq) return { kind: await keep(record, signature) };
      if (early.nextSeq !== nextSeq || seq < early.seq) early = { nextSeq, seq, times: 0 };
      if (seq > early.seq) return { kind: "early" };
      early.times++;
      if (early.times < ASKS) return { kind: "early" };
      if ((await keep(record, signature)) === "full") return { kind: "full" };
      return { kind: "kept-after-gap", fromSeq: nextSeq, toSeq: seq - 1 };
    },
  };
}
