import type { FastifyRequest } from "fastify";

/** Names under which a machine reaches itself. */
export const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);

/**
 * The page's own address, which a sign-in names and every act must come from: the configured one, or on the loopback
 * address the name by which it was called. `undefined` for any other name.
 */
export function originOf(
  { protocol, hostname, host }: FastifyRequest,
  configured: URL | undefined,
): URL | undefined {
  if (configured !== undefined && host === configured.host) return configured;
  return LOOPBACK.has(hostname) ? new URL(`${protocol}://${host}`) : undefined;
}
