import { INTENT_HEADER, type Problem } from "../api.ts";

const TIMEOUT_MS = 20_000;
const NO_CONTENT = 204;

/** What the portal's server answered, or why it did not. */
export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem | undefined };

/** Asks for JSON; an answer comes within 20 s or is given up. */
export function getJson<T>(path: string, signal: AbortSignal): Promise<Answer<T>> {
  return ask<T>(path, { signal });
}

/** Asks for a file; its bytes come as they were sent. */
export async function getBytes(path: string, signal: AbortSignal): Promise<Answer<Uint8Array>> {
  try {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(path, { signal: bounded });
    if (!response.ok) return { ok: false, problem: (await response.json()) as Problem };
    return { ok: true, value: new Uint8Array(await response.arrayBuffer()) };
  } catch {
    // As below: to the reader it is "no answer".
    return { ok: false, problem: undefined };
  }
}

/** Asks for something to be done. */
export function post<T>(path: string, body: unknown, signal: AbortSignal): Promise<Answer<T>> {
  return act<T>("POST", path, body, signal);
}

/** Asks for something to be kept. */
export function put<T>(path: string, body: unknown, signal: AbortSignal): Promise<Answer<T>> {
  return act<T>("PUT", path, body, signal);
}

/** Asks for something to be ended. */
export function remove<T>(path: string, body: unknown, signal: AbortSignal): Promise<Answer<T>> {
  return act<T>("DELETE", path, body, signal);
}

function act<T>(method: string, path: string, body: unknown, signal: AbortSignal): Promise<Answer<T>> {
  return ask<T>(path, {
    method,
    headers: { "content-type": "application/json", [INTENT_HEADER]: "1" },
    body: JSON.stringify(body),
    signal,
  });
}

async function ask<T>(path: string, init: RequestInit & { signal: AbortSignal }): Promise<Answer<T>> {
  try {
    const signal = AbortSignal.any([init.signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(path, { ...init, signal });
    const body: unknown = response.status === NO_CONTENT ? undefined : await response.json();
    return response.ok ? { ok: true, value: body as T } : { ok: false, problem: body as Problem };
  } catch {
    // Unreachable, too late or not JSON: to the reader all three are "no answer", and the view says so.
    return { ok: false, problem: undefined };
  }
}
