import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * Under the prefix `__Host-` a browser takes the cookie only over TLS, for this host and for all of its paths
 * (RFC 6265bis, 4.1.3.2); on the loopback address there is no TLS, and nobody in between.
 */
const nameAt = (origin: URL) => (origin.protocol === "https:" ? "__Host-pondproof" : "pondproof");

const MS_PER_SECOND = 1000;

export function readSessionCookie({ cookies }: FastifyRequest, origin: URL): string | undefined {
  return cookies[nameAt(origin)];
}

export function setSessionCookie(reply: FastifyReply, origin: URL, token: string, maxAgeMs: number): void {
  void reply.setCookie(nameAt(origin), token, {
    ...attributesAt(origin),
    maxAge: Math.floor(maxAgeMs / MS_PER_SECOND),
  });
}

export function clearSessionCookie(reply: FastifyReply, origin: URL): void {
  void reply.clearCookie(nameAt(origin), attributesAt(origin));
}

function attributesAt(origin: URL) {
  return {
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: origin.protocol === "https:",
  } as const;
}
