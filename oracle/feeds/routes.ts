import type { FastifyInstance } from "fastify";
import { PondproofError } from "../../protocol/errors.ts";
import type { Hex } from "../../protocol/terms.ts";
import { hexOf } from "../route-schemas.ts";
import type { FeedStore } from "./feed-store.ts";
import type { ReportBook } from "./report-book.ts";

const SECONDS = { type: "integer", minimum: 0, maximum: 2 ** 40 - 1 } as const;

/** For the other reporters what this one signed; for whoever checks, the answers; for a person, to believe a held one. */
export function addFeedRoutes(
  app: FastifyInstance,
  { store, book, accept }: { store: FeedStore; book: ReportBook; accept: (hash: string) => void },
): void {
  app.get<{ Params: { feed: Hex; observedAtS: number } }>(
    "/api/v1/reports/:feed/:observedAtS",
    { schema: { params: { type: "object", properties: { feed: hexOf(32), observedAtS: SECONDS } } } },
    ({ params }) => {
      const report = book.find(params);
      if (report === undefined) throw new PondproofError("UNKNOWN_REPORT", params);
      const { feed, observedAtS, value, answer, signature } = report;
      return { feed, observedAtS, value, answer, signature };
    },
  );

  const answer = { schema: { params: { type: "object", properties: { sha256: hexOf(32) } } } } as const;
  app.get<{ Params: { sha256: string } }>(
    "/api/v1/answers/:sha256",
    answer,
    ({ params: { sha256 } }, reply) => {
      const kept = store.answer(sha256);
      if (kept === undefined) throw new PondproofError("UNKNOWN_ANSWER", { sha256 });
      return reply.type("application/octet-stream").send(Buffer.from(kept.body));
    },
  );

  app.post<{ Params: { sha256: string } }>(
    "/api/v1/answers/:sha256/accept",
    answer,
    ({ params: { sha256 } }, reply) => {
      accept(sha256);
      return reply.code(204).send();
    },
  );
}
