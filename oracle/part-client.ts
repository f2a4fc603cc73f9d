import { type ErrorCode, isPondproofError, PondproofError } from "../protocol/errors.ts";

/** Another part of the system: its address without a path, and the bearer token that it asks for. */
export type PartOptions = { url: string; token: string; timeoutMs?: number };

/** `body` goes as JSON, by PUT. */
export type PartRequest = { signal: AbortSignal; maxBytes: number; body?: unknown };

/**
 * Asks a part over HTTP; every answer is bounded in time and size, and no redirect takes the token elsewhere.
 * Answers `undefined` where the part has nothing at that path.
 */
export type AskPart = (path: string, request: PartRequest) => Promise<Uint8Array | undefined>;

const DEFAULT_TIMEOUT_MS = 10_000;

/** Requests to one part, which throw `code` with what was wrong, or the signal's reason. */
export function createPartClient(
  code: ErrorCode,
  { url, token, timeoutMs = DEFAULT_TIMEOUT_MS }: PartOptions,
): AskPart {
  const unreachable = (problem: string, cause?: unknown) => new PondproofError(code, { problem }, { cause });
  return async (path, { signal, maxBytes, body }) => {
    try {
      const response = await fetch(new URL(path, url), {
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { method: "PUT", body: JSON.stringify(body) }),
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      if (response.status === 404) return undefined;
      if (!response.ok) throw unreachable(`status ${response.status}`);
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of response.body ?? []) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw unreachable(`an answer of more than ${maxBytes} bytes`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } catch (cause) {
      signal.throwIfAborted();
      if (isPondproofError(cause)) throw cause;
      throw unreachable("no answer", cause);
    }
  };
}
