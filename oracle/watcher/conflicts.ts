import { fromHex } from "../../protocol/bytes.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { FRAME_BYTES } from "../../protocol/record.ts";
import { createPartClient, type PartOptions } from "../part-client.ts";

/** Who shows the frames of a probe that contradict stored ones: a gateway, which does not store them. */
export type ConflictSource = {
  /** Frames, none of them believed. @throws FEED_UNREACHABLE, or the signal's reason */
  conflicts(device: string, signal: AbortSignal): Promise<Uint8Array[]>;
};

const LIMIT = 100;
const MAX_BYTES = LIMIT * 600;
const FRAME = new RegExp(`^0x[0-9a-f]{${2 * FRAME_BYTES}}$`);

/** The conflicting frames that a gateway keeps. */
export function createConflictClient(gateway: PartOptions): ConflictSource {
  const ask = createPartClient("FEED_UNREACHABLE", gateway);
  return {
    async conflicts(device, signal) {
      const path = `/api/v1/devices/${device}/evidence?verdict=conflict&limit=${LIMIT}`;
      const body = await ask(path, { signal, maxBytes: MAX_BYTES });
      // A probe of another gateway's.
      return body === undefined ? [] : framesIn(body);
    },
  };
}

function framesIn(body: Uint8Array): Uint8Array[] {
  let frames: unknown;
  try {
    ({ frames } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as { frames?: unknown });
  } catch (cause) {
    throw new PondproofError("FEED_UNREACHABLE", { problem: "an answer that is not JSON" }, { cause });
  }
  if (!Array.isArray(frames))
    throw new PondproofError("FEED_UNREACHABLE", { problem: "an answer without frames" });
  return frames.flatMap((item: { frame?: unknown } | null) =>
    typeof item?.frame === "string" && FRAME.test(item.frame) ? [fromHex(item.frame)] : [],
  );
}
