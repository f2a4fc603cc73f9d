import type { FastifyRequest } from "fastify";
import type { Me, SessionState } from "../../api.ts";
import type { Directory } from "../directory.ts";
import { type AccessOptions, viewerOf } from "./enforce.ts";
import type { ReadyAccounts } from "./ready-accounts.ts";
import type { Session } from "./sessions.ts";

/** Who is signed in, as the page is told. */
export type SessionStates = {
  me(session: Session): Me;
  of(request: Pick<FastifyRequest, "session">): SessionState;
};

export function createSessionStates({
  access,
  directory,
  ready,
}: {
  access: AccessOptions;
  directory: Directory;
  ready: ReadyAccounts | undefined;
}): SessionStates {
  const me = (session: Session): Me => {
    const viewer = viewerOf(session, access.standing.last(), access);
    const own = directory.ponds.filter(({ ledgerId }) => viewer.isFarmerOf(ledgerId));
    return {
      account: session.account,
      roles: [...viewer.roles],
      farms: [...new Set(own.map(({ farm }) => farm))],
      expiresAtMs: session.expiresAtMs,
    };
  };
  return {
    me,
    of: ({ session }) => ({ me: session === null ? null : me(session), ready: ready?.list() ?? null }),
  };
}
