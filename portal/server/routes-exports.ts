import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { CLAIM_DATA } from "./access/access.ts";
import { gatherBundle } from "./exports/claim-bundle.ts";
import { zip } from "./exports/zip.ts";
import type { LedgerWatch } from "./ledger-watch.ts";
import { sendProblem } from "./problems.ts";
import type { Upstream } from "./upstream.ts";
import type { World } from "./world.ts";

/** Bundles in memory at once, from the first request to the archive to the last byte sent: 64 MB each at most. */
const MAX_BUNDLES = 4;

/** A claim's evidence as one file, for whoever checks it without us. */
export function addBundleRoute(
  app: FastifyInstance,
  {
    world,
    ledger,
    oracle,
    timeZone,
    signal,
  }: { world: World; ledger: LedgerWatch; oracle: Upstream; timeZone: string; signal: AbortSignal },
): void {
  let inMemory = 0;
  app.get<{ Params: { claim: string } }>(
    "/api/v1/claims/:claim/evidence.zip",
    {
      config: { access: CLAIM_DATA },
      schema: {
        params: { type: "object", properties: { claim: { type: "string", pattern: "^[0-9]{1,20}$" } } },
      },
    },
    async ({ params }, reply) => {
      const detail = world.claim(params.claim);
      const claim = ledger.claims().find(({ id }) => id.toString() === params.claim);
      if (detail === undefined || claim === undefined)
        return sendProblem(reply, "unknown-claim", `the ledger has no claim ${params.claim}`);
      if (inMemory >= MAX_BUNDLES) return sendProblem(reply, "too-busy", "try again in a minute");
      inMemory++;
      reply.raw.once("close", () => inMemory--);
      const batches = ledger.batches();
      const bundle = await gatherBundle({ detail, claim, batches, oracle, timeZone, signal });
      if (!bundle.ok) return sendProblem(reply, bundle.why, bundle.detail);
      return reply
        .type("application/zip")
        .header("content-disposition", `attachment; filename="claim-${params.claim}-evidence.zip"`)
        .send(Readable.from(zip(bundle.entries), { objectMode: false }));
    },
  );
}
