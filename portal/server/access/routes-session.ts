import type { FastifyInstance } from "fastify";
import { checksummed } from "../../../ledger/sign-in.ts";
import type { Hex } from "../../../protocol/terms.ts";
import { sendProblem } from "../problems.ts";
import { ANYONE, SIGNED_IN } from "./access.ts";
import type { AccessOptions } from "./enforce.ts";
import type { Invitations } from "./invitations.ts";
import type { ReadyAccounts } from "./ready-accounts.ts";
import { clearSessionCookie, readSessionCookie, setSessionCookie } from "./session-cookie.ts";
import type { SessionStates } from "./session-state.ts";
import { LIFE_MS } from "./sessions.ts";

/** Nobody signs in more often than this from one address. */
const PER_MINUTE = { max: 60, timeWindow: 60_000 };

const account = { type: "string", pattern: "^0x[0-9a-fA-F]{40}$" } as const;
const message = { type: "string", minLength: 1, maxLength: 2_000 } as const;
const signature = { type: "string", pattern: "^0x[0-9a-fA-F]{130}$" } as const;
const exactly = (properties: Record<string, object>) => ({
  type: "object",
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});

/** Signing in and out (EIP-4361); with `ready` accounts also without a wallet, through the same two steps. */
export function addSessionRoutes(
  app: FastifyInstance,
  {
    access,
    invitations,
    states,
    ready,
  }: {
    access: AccessOptions;
    invitations: Invitations;
    states: SessionStates;
    ready: ReadyAccounts | undefined;
  },
): void {
  const { sessions, standing } = access;
  const limited = { access: ANYONE, rateLimit: PER_MINUTE };

  app.get("/api/v1/session", { config: { access: ANYONE } }, (request) => states.of(request));

  app.post<{ Body: { account: string } }>(
    "/api/v1/session/message",
    { config: limited, schema: { body: exactly({ account }) } },
    ({ body, origin }) => ({ message: invitations.invite(checksummed(body.account), origin) }),
  );

  app.post<{ Body: { message: string; signature: Hex } }>(
    "/api/v1/session",
    { config: limited, schema: { body: exactly({ message, signature }) } },
    async ({ body, origin }, reply) => {
      const accepted = await invitations.accept({ ...body, origin });
      if (!accepted.ok) return sendProblem(reply, "sign-in-refused", accepted.why);
      // Whoever has just been given a role or a pond must not wait for the next question to have it.
      await standing.now().catch(() => undefined);
      const session = sessions.open(accepted.account);
      setSessionCookie(reply, origin, session.token, LIFE_MS);
      return states.me(session);
    },
  );

  app.delete("/api/v1/session", { config: { access: SIGNED_IN } }, (request, reply) => {
    const token = readSessionCookie(request, request.origin);
    if (token !== undefined) sessions.close(token);
    clearSessionCookie(reply, request.origin);
    return states.of({ session: null });
  });

  if (ready === undefined) return;
  app.post<{ Params: { id: string }; Body: { message: string } }>(
    "/api/v1/ready/:id/signature",
    {
      config: limited,
      schema: {
        params: exactly({ id: { type: "string", pattern: "^[a-z0-9-]{1,64}$" } }),
        body: exactly({ message }),
      },
    },
    async ({ params, body }, reply) => {
      if (!ready.list().some(({ id }) => id === params.id))
        return sendProblem(reply, "unknown-account", `no account is called "${params.id}"`);
      if (!invitations.isOpen(body.message))
        return sendProblem(reply, "sign-in-refused", "not a sign-in message of this page");
      return { signature: await ready.sign(params.id, body.message) };
    },
  );
}
