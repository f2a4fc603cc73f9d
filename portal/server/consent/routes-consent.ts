import type { FastifyInstance, FastifyReply } from "fastify";
import type { Purpose } from "../../../protocol/consent.ts";
import { PURPOSES } from "../../../protocol/consent.ts";
import { isPondproofError } from "../../../protocol/errors.ts";
import type { Hex } from "../../../protocol/terms.ts";
import type { Grant, Institution } from "../../api.ts";
import { type Access, SIGNED_IN } from "../access/access.ts";
import type { AccessLog } from "../access/access-log.ts";
import type { ReadyAccounts } from "../access/ready-accounts.ts";
import type { StandingSource } from "../access/standing-from-ledger.ts";
import type { Directory, DirectoryPond } from "../directory.ts";
import { sendProblem } from "../problems.ts";
import type { Prepared } from "./prepared.ts";
import type { Relayer } from "./relayer.ts";

const FARMER: Access = { to: "farmer-of", param: "pond" };
const MS_PER_SECOND = 1000;
/** The provider pays for each. */
const PER_MINUTE = { max: 20, timeWindow: 60_000 };

const id = { type: "string", pattern: "^[a-z0-9-]{1,64}$" } as const;
const account = { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" } as const;
const signature = { type: "string", pattern: "^0x[0-9a-fA-F]{130}$" } as const;
const exactly = (properties: Record<string, object>, optional: readonly string[] = []) => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
});
const pondParams = exactly({ pond: id });

type Act = { act: "grant" | "withdraw"; institution: Hex; purpose: Purpose; untilMs?: number };

/** Whom a farmer has granted a pond's data, who read it, and both ways of changing that without coins. */
export function addConsentRoutes(
  app: FastifyInstance,
  {
    directory,
    standing,
    accessLog,
    relayer,
    prepared,
    ready,
    signal,
  }: {
    directory: Directory;
    standing: StandingSource;
    accessLog: AccessLog;
    relayer: Relayer | undefined;
    prepared: Prepared;
    ready: ReadyAccounts | undefined;
    signal: AbortSignal;
  },
): void {
  const institutions = directory.institutions ?? [];
  const pondOf = (asked: string): DirectoryPond => directory.ponds.find((pond) => pond.id === asked)!;
  const nameOf = (institution: Hex) =>
    institutions.find((known) => known.account.toLowerCase() === institution.toLowerCase())?.name ?? null;

  app.get("/api/v1/institutions", { config: { access: SIGNED_IN } }, (): Institution[] => institutions);

  app.get<{ Params: { pond: string } }>(
    "/api/v1/ponds/:pond/grants",
    { config: { access: FARMER }, schema: { params: pondParams } },
    ({ params: { pond } }): Grant[] =>
      standing
        .last()
        .consentsOf(pondOf(pond).ledgerId)
        .map(({ pond: _, ...consent }) => ({ ...consent, pond, name: nameOf(consent.institution) })),
  );

  app.get<{ Params: { pond: string } }>(
    "/api/v1/ponds/:pond/reads",
    { config: { access: FARMER }, schema: { params: pondParams } },
    ({ params }) => accessLog.of(pondOf(params.pond).ledgerId),
  );

  if (relayer === undefined) return;
  app.post<{ Params: { pond: string }; Body: Act }>(
    "/api/v1/ponds/:pond/grants/requests",
    {
      config: { access: FARMER, rateLimit: PER_MINUTE },
      schema: {
        params: pondParams,
        body: exactly(
          {
            act: { enum: ["grant", "withdraw"] },
            institution: account,
            purpose: { enum: PURPOSES },
            untilMs: { type: "integer", minimum: 0, maximum: 2 ** 48 },
          },
          ["untilMs"],
        ),
      },
    },
    ({ params, body: { act, institution, purpose, untilMs = 0 }, viewer }, reply) => {
      const consent = { pond: pondOf(params.pond).ledgerId, institution, purpose };
      const until = Math.floor(untilMs / MS_PER_SECOND);
      return refusedOr(reply, async () =>
        prepared.keep(
          await relayer.prepare(
            viewer!.account,
            act === "grant" ? { act, ...consent, until } : { act, ...consent },
          ),
        ),
      );
    },
  );

  app.post<{ Params: { request: string }; Body: { signature: Hex } }>(
    "/api/v1/requests/:request",
    {
      config: { access: SIGNED_IN, rateLimit: PER_MINUTE },
      schema: { params: exactly({ request: id }), body: exactly({ signature }) },
    },
    ({ params, body, viewer }, reply) => {
      const message = prepared.take(params.request, viewer!.account);
      if (message === undefined)
        return sendProblem(reply, "unknown-request", "it was sent, or is too old; ask for it again");
      return refusedOr(reply, async () => {
        const sent = await relayer.send({ message, signature: body.signature, signal });
        // The page asks at once, and must see what it did.
        await standing.now();
        return sent;
      });
    },
  );

  if (ready === undefined) return;
  app.post<{ Params: { id: string; request: string } }>(
    "/api/v1/ready/:id/requests/:request/signature",
    {
      config: { access: SIGNED_IN, rateLimit: PER_MINUTE },
      schema: { params: exactly({ id, request: id }) },
    },
    async ({ params, viewer }, reply) => {
      const known = ready.list().find((candidate) => candidate.id === params.id);
      if (known === undefined)
        return sendProblem(reply, "unknown-account", `no account is called "${params.id}"`);
      const typed = prepared.find(params.request, viewer!.account);
      if (typed === undefined || known.account.toLowerCase() !== viewer!.account.toLowerCase())
        return sendProblem(reply, "unknown-request", "no request of this account waits for its signature");
      return { signature: await ready.signRequest(params.id, typed) };
    },
  );
}

/** What the ledger refuses is the asker's affair and said in its words. */
async function refusedOr<T>(reply: FastifyReply, work: () => Promise<T>): Promise<T | FastifyReply> {
  try {
    return await work();
  } catch (error) {
    if (isPondproofError(error)) return sendProblem(reply, "conflict", error.message);
    throw error;
  }
}
