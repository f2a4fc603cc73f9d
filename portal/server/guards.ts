import type { FastifyInstance } from "fastify";
import { LOOPBACK } from "./access/origin.ts";
import { sendProblem } from "./problems.ts";

/** How many requests one address may send at once, and how many a second from then on. */
export type RequestRate = { burst: number; perSecond: number };

/** A burst that loads a page with its parts, and then a rate that no person reaches. */
const PERSON: RequestRate = { burst: 240, perSecond: 40 };
/** Senders that are remembered at once; beyond it the one that was heard first is forgotten. */
const MAX_SENDERS = 10_000;

/**
 * What every answer carries and every request must pass: security headers, the host's name, a rate.
 *
 * It listens on the loopback address unless told otherwise, and answers only to its loopback names and to the address
 * that it was told, so that no web site reaches it through a name of its own.
 */
export function addGuards(
  app: FastifyInstance,
  {
    origin,
    rpc,
    rate = PERSON,
  }: { origin: URL | undefined; rpc: () => string | undefined; rate?: RequestRate | undefined },
) {
  const allow = createRateLimit({ ...rate, nowMs: () => performance.now() });

  app.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders(rpc()));
    if (!LOOPBACK.has(request.hostname) && request.host !== origin?.host)
      return sendProblem(
        reply,
        "wrong-host",
        `open this page as ${origin?.origin ?? `http://localhost:${request.port}`}`,
      );
    if (!allow(request.ip)) return sendProblem(reply, "too-many-requests", "wait a few seconds");
    return undefined;
  });
}

/** Nobody acts more often than this from one address, unless a route says so. */
const WRITES_PER_MINUTE = { max: 120, timeWindow: 60_000 };

/** Gives every route that changes something, and is added from now on, a rate that no person reaches. */
export function limitWrites(app: FastifyInstance): void {
  app.addHook("onRoute", (route) => {
    const reads = [route.method].flat().every((method) => method === "GET" || method === "HEAD");
    if (!reads && route.config !== undefined) route.config.rateLimit ??= WRITES_PER_MINUTE;
  });
}

/** Headers of every answer. The page asks the ledger's nodes itself, of which the reader may name his own. */
export function securityHeaders(rpc: string | undefined): Record<string, string> {
  const nodes = new Set(["'self'", "http://localhost:*", "http://127.0.0.1:*", "https:"]);
  if (rpc !== undefined) nodes.add(new URL(rpc).origin);
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "manifest-src 'self'",
      "worker-src 'self'",
      `connect-src ${[...nodes].join(" ")}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
  };
}

/** A token bucket for every sender. */
export function createRateLimit({
  burst,
  perSecond,
  nowMs,
}: RequestRate & { nowMs: () => number }): (sender: string) => boolean {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return (sender) => {
    const atMs = nowMs();
    const bucket = buckets.get(sender) ?? { tokens: burst, atMs };
    const tokens = Math.min(burst, bucket.tokens + ((atMs - bucket.atMs) / 1000) * perSecond);
    if (!buckets.has(sender) && buckets.size >= MAX_SENDERS) buckets.delete(buckets.keys().next().value!);
    buckets.set(sender, { tokens: Math.max(0, tokens - 1), atMs });
    return tokens >= 1;
  };
}
