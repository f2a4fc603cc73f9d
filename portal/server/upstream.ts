import type { Problem } from "../api.ts";

/** An answer of another part, or why there is none; `status` is absent when nothing answered. */
export type Answer<T> =
  | { ok: true; value: T }
  | { ok: false; status: number | undefined; code: string | undefined; detail: string };

export type Method = "POST" | "PUT" | "DELETE";

/** Another part of the system, over HTTP. Every call ends: with an answer, in time, within bounds. */
export type Upstream = {
  /** `acceptStatus`: a status that is an answer too, such as the 503 of a part that says why it is not well. */
  json(path: string, options: { signal: AbortSignal; acceptStatus?: number }): Promise<Answer<unknown>>;
  /** Asks for something to be done; what comes back is JSON, or undefined where the answer is empty. */
  send(
    path: string,
    options: { signal: AbortSignal; method: Method; body?: unknown },
  ): Promise<Answer<unknown>>;
  bytes(path: string, options: { signal: AbortSignal }): Promise<Answer<{ type: string; body: Uint8Array }>>;
  /** An answer whose body does not end, for server-sent events; the time limit holds until it begins. */
  stream(path: string, options: { signal: AbortSignal }): Promise<Answer<ReadableStream<Uint8Array>>>;
};

type Request = { signal: AbortSignal; acceptStatus?: number; method?: Method; body?: unknown };

export function createUpstream({
  url,
  token,
  timeoutMs = 10_000,
  maxBytes = 32 * 2 ** 20,
}: {
  url: string;
  token: string;
  timeoutMs?: number;
  maxBytes?: number;
}): Upstream {
  const base = url.replace(/\/$/, "");

  const open = async (
    path: string,
    { signal, acceptStatus, method, body }: Request,
  ): Promise<Answer<Response>> => {
    const response = await fetch(base + path, {
      ...(method === undefined ? {} : { method }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      redirect: "error",
      signal,
    });
    if (response.ok || response.status === acceptStatus) return { ok: true, value: response };
    const { code, detail } = await problemIn(response);
    return { ok: false, status: response.status, code, detail };
  };

  const ask = (path: string, request: Request): Promise<Answer<{ type: string; body: Uint8Array }>> =>
    attempt(async () => {
      const bounded = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
      const answer = await open(path, { ...request, signal: bounded });
      if (!answer.ok) return answer;
      const body = await readBounded(answer.value, maxBytes);
      if (body === undefined) return failure(`more than ${maxBytes} bytes`);
      const type = answer.value.headers.get("content-type") ?? "application/octet-stream";
      return { ok: true, value: { type, body } };
    });

  const parsed = async (path: string, request: Request): Promise<Answer<unknown>> => {
    const answer = await ask(path, request);
    if (!answer.ok) return answer;
    const text = new TextDecoder().decode(answer.value.body);
    return attempt(async () => ({
      ok: true,
      value: text === "" ? undefined : (JSON.parse(text) as unknown),
    }));
  };

  return {
    bytes: ask,
    json: parsed,
    send: parsed,
    stream: (path, { signal }) =>
      attempt(async () => {
        const begin = new AbortController();
        const timer = setTimeout(() => begin.abort(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
        try {
          const answer = await open(path, { signal: AbortSignal.any([signal, begin.signal]) });
          if (!answer.ok) return answer;
          return answer.value.body === null
            ? failure("an empty answer")
            : { ok: true, value: answer.value.body };
        } finally {
          clearTimeout(timer);
        }
      }),
  };
}

/** Reads a body up to a limit; `undefined` when there is more. */
async function readBounded({ body }: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function problemIn(response: Response): Promise<{ code: string | undefined; detail: string }> {
  const body = await readBounded(response, 16_384);
  try {
    const { code, detail, title } = JSON.parse(new TextDecoder().decode(body)) as Partial<Problem>;
    return { code, detail: String(detail ?? title ?? response.statusText) };
  } catch {
    // Something in between answered, not the part itself: its status is all there is to say.
    return { code: undefined, detail: `status ${response.status}` };
  }
}

async function attempt<T>(call: () => Promise<Answer<T>>): Promise<Answer<T>> {
  try {
    return await call();
  } catch (error) {
    const { message, cause } = error as Error;
    return failure(cause instanceof Error ? `${message}: ${cause.message}` : message);
  }
}

function failure(detail: string): Answer<never> {
  return { ok: false, status: undefined, code: undefined, detail };
}
