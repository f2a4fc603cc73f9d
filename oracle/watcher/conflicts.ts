import { fromHex } from "../../protocol/bytes.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { FRAME_BYTES } from "../../protocol/record.ts";

/** Who shows the frames of a probe that contradict stored ones: a gateway, which does not store them. */
export type ConflictSource = {
  /** Frames, none of them believed. @throws FEED_UNREACHABLE, or the signal's reason */
  conflicts(device: string, signal: AbortSignal): Promise<Uint8Array[]>;
};

const LIMIT = 100;
const MAX_BYTES = LIMIT * 600;
const FRAME = new RegExp(`^0x[0-9a-f]{${2 * FRAME_BYTES}}$`);

/** The conflicting frames that the gateway at an address keeps. */
export function createConflictClient({
  url,
  token,
  timeoutMs = 10_000,
}: {
  url: string;
  token: string;
  timeoutMs?: number;
}): ConflictSource {
  return {
    async conflicts(device, signal) {
      const address = new URL(`/api/v1/devices/${device}/evidence?verdict=conflict&limit=${LIMIT}`, url);
      try {
        const response = await fetch(address, {
          headers: { authorization: `Bearer ${token}` },
          redirect: "error",
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        });
        // A probe of another gateway's.
        if (response.status === 404) return [];
        if (!response.ok) throw unreachable(`status ${response.status}`);
        return framesIn(await readBounded(response));
      } catch (cause) {
        signal.throwIfAborted();
        if (cause instanceof PondproofError) throw cause;
        throw unreachable("no answer", cause);
      }
    },
  };
}

async function readBounded({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw unreachable(`an answer of more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function framesIn(text: string): Uint8Array[] {
  const { frames } = JSON.parse(text) as { frames?: unknown };
  if (!Array.isArray(frames)) throw unreachable("an answer without frames");
  return frames.flatMap((item: { frame?: unknown } | null) =>
    typeof item?.frame === "string" && FRAME.test(item.frame) ? [fromHex(item.frame)] : [],
  );
}

function unreachable(problem: string, cause?: unknown): PondproofError {
  return new PondproofError("FEED_UNREACHABLE", { problem }, { cause });
}
