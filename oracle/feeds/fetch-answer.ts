import type { FeedRequest } from "./provider.ts";

/** What came back: the bytes as they were, or why there are none. */
export type Answer =
  | { kind: "answered"; status: number; bytes: Uint8Array; retryAfterMs: number | undefined }
  | { kind: "failed"; why: "timeout" | "unreachable" | "too-large" };

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * One request with a limit on time and size; redirections are not followed, for who answers is part of the evidence.
 * @throws only the signal's reason
 */
export async function fetchAnswer(
  { url, method, headers, body }: FeedRequest,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<Answer> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method,
      headers: { accept: "application/json", ...headers },
      redirect: "manual",
      signal: AbortSignal.any([signal, timeout]),
      ...(body !== undefined && { body }),
    });
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > MAX_BYTES) return { kind: "failed", why: "too-large" };
      chunks.push(chunk);
    }
    const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
    return {
      kind: "answered",
      status: response.status,
      bytes: Buffer.concat(chunks),
      retryAfterMs: Number.isFinite(retryAfter) && retryAfter >= 0 ? 1000 * retryAfter : undefined,
    };
  } catch {
    signal.throwIfAborted();
    return { kind: "failed", why: timeout.aborted ? "timeout" : "unreachable" };
  }
}
