import type { FastifyInstance, FastifyReply } from "fastify";
import { isPondproofError } from "../../protocol/errors.ts";
import { type Access, AUDITORS, INSURERS, PROVIDERS, SIGNED_IN } from "./access/access.ts";
import type { LedgerBooks } from "./ledger-books.ts";
import { sendProblem } from "./problems.ts";

/** A ledger that does not answer in this time counts as gone. */
const TIMEOUT_MS = 15_000;
const MAX_EVENTS = 200;
/** The events of a ledger are pseudonymous personal data: for those who work with it. */
const WORKERS: Access = { to: "roles", roles: [...AUDITORS, ...PROVIDERS, ...INSURERS] };

/** Pool, products, bonds and every event, as the ledger has them now. */
export function addBookRoutes(
  app: FastifyInstance,
  { books, signal }: { books: LedgerBooks; signal: AbortSignal },
): void {
  const answer = async <T>(reply: FastifyReply, ask: (signal: AbortSignal) => Promise<T>) => {
    try {
      return await ask(AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
    } catch (error) {
      if (isPondproofError(error)) return sendProblem(reply, "upstream-down", `ledger: ${error.message}`);
      throw error;
    }
  };

  app.get(
    "/api/v1/pool",
    { config: { access: { to: "roles", roles: [...INSURERS, ...AUDITORS] } } },
    (_, reply) => answer(reply, (bounded) => books.pool({ signal: bounded })),
  );

  app.get("/api/v1/products", { config: { access: SIGNED_IN } }, (_, reply) =>
    answer(reply, (bounded) => books.products({ signal: bounded })),
  );

  app.get("/api/v1/bonds", { config: { access: WORKERS } }, (_, reply) =>
    answer(reply, (bounded) => books.bonds({ signal: bounded })),
  );

  app.get<{ Querystring: { before?: number; limit: number } }>(
    "/api/v1/events",
    {
      config: { access: WORKERS },
      schema: {
        querystring: {
          type: "object",
          additionalProperties: false,
          properties: {
            before: { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
            limit: { type: "integer", minimum: 1, maximum: MAX_EVENTS, default: 50 },
          },
        },
      },
    },
    ({ query: { before, limit } }, reply) =>
      answer(reply, (bounded) => books.events({ before, limit, signal: bounded })),
  );
}
