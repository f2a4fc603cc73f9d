import type { FastifyInstance } from "fastify";
import { isPondproofError } from "../../protocol/errors.ts";
import type { Hex } from "../../protocol/terms.ts";
import type { Scenario, SimulationState } from "../api.ts";
import { ANYONE } from "./access/access.ts";
import { sendProblem } from "./problems.ts";
import type { World } from "./world.ts";

/** Who approves claims with the insurer's key, which never comes here. Throws a `PondproofError` when the ledger refuses. */
export type Officer = {
  approve(options: { claim: bigint; amount: bigint; signal: AbortSignal }): Promise<{ transactionHash: Hex }>;
};

/** The demo's scenarios: what there is, which one runs, and another one. */
export type Scenarios = {
  list(): Scenario[];
  state(): SimulationState;
  start(name: string): Promise<void>;
};

/** The insurer's approval, which pays: only our own page may ask for it. */
export function addApproval(
  app: FastifyInstance,
  { world, officer, signal }: { world: World; officer: Officer; signal: AbortSignal },
): void {
  app.post<{ Params: { claim: string }; Body: { amount: string } }>(
    "/api/v1/claims/:claim/approve",
    {
      config: { access: { to: "roles", roles: ["claims-officer"] } },
      schema: {
        params: { type: "object", properties: { claim: { type: "string", pattern: "^[0-9]{1,20}$" } } },
        body: {
          type: "object",
          additionalProperties: false,
          required: ["amount"],
          properties: { amount: { type: "string", pattern: "^[0-9]{1,30}$" } },
        },
      },
    },
    async ({ params, body }, reply) => {
      const known = world.claim(params.claim);
      if (known === undefined)
        return sendProblem(reply, "unknown-claim", `the ledger has no claim ${params.claim}`);
      if (known.claim.state !== "evaluated" || known.claim.amount !== body.amount)
        return sendProblem(reply, "conflict", `the claim is ${known.claim.state} over ${known.claim.amount}`);
      try {
        return await officer.approve({ claim: BigInt(params.claim), amount: BigInt(body.amount), signal });
      } catch (error) {
        if (isPondproofError(error)) return sendProblem(reply, "conflict", error.message);
        throw error;
      }
    },
  );
}

/** What the demo can let happen. */
export function addScenarios(app: FastifyInstance, { scenarios }: { scenarios: Scenarios }): void {
  app.get("/api/v1/scenarios", { config: { access: ANYONE } }, () => ({
    scenarios: scenarios.list(),
    state: scenarios.state(),
  }));

  app.post<{ Params: { name: string } }>(
    "/api/v1/scenarios/:name/start",
    {
      config: { access: ANYONE },
      schema: {
        params: { type: "object", properties: { name: { type: "string", pattern: "^[a-z0-9-]{1,64}$" } } },
      },
    },
    async ({ params }, reply) => {
      if (!scenarios.list().some(({ name }) => name === params.name))
        return sendProblem(reply, "unknown-scenario", `no scenario "${params.name}"`);
      await scenarios.start(params.name);
      return scenarios.state();
    },
  );
}
