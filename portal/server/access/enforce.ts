import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Hex } from "../../../protocol/terms.ts";
import { INTENT_HEADER } from "../../api.ts";
import type { LedgerPolicy } from "../ledger-view.ts";
import { sendProblem } from "../problems.ts";
import type { Access, PondParam } from "./access.ts";
import type { AccessLog } from "./access-log.ts";
import { originOf } from "./origin.ts";
import { readSessionCookie } from "./session-cookie.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { Standing } from "./standing.ts";
import type { StandingSource } from "./standing-from-ledger.ts";
import { createViewer, type Viewer } from "./viewer.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The page's own address, as this request names it. */
    origin: URL;
    /** Who calls, where he is signed in. */
    session: Session | null;
    viewer: Viewer | null;
  }
}

export type AccessOptions = {
  /** The page's address where it is not the loopback one. */
  origin: URL | undefined;
  sessions: Sessions;
  standing: StandingSource;
  policies: () => readonly LedgerPolicy[];
  /** The pond that a path names; none: there is no such thing. */
  pondOf: (param: PondParam, value: string) => Hex | undefined;
  accessLog: AccessLog;
  nowMs: () => number;
};

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Lets a request pass that its route's declaration allows, and no other; what changes something must come from our own
 * page. Whoever calls is known in the first hook; which pond he asks for, once the path has been checked.
 */
export function enforceAccess(app: FastifyInstance, options: AccessOptions): void {
  app.decorateRequest("session", null);
  app.decorateRequest("viewer", null);
  app.decorateRequest("origin");

  app.addHook("onRequest", async (request, reply) => {
    if (request.is404) return undefined;
    const origin = originOf(request, options.origin);
    if (origin === undefined) return sendProblem(reply, "wrong-host", "open this page by its own address");
    request.origin = origin;
    if (!SAFE_METHODS.has(request.method) && !isOwnPage(request))
      return sendProblem(reply, "wrong-origin", "only the portal's own page may do this");
    const token = readSessionCookie(request, origin);
    request.session = (token !== undefined && options.sessions.find(token)) || null;
    const { access } = request.routeOptions.config;
    if (access.to === "anyone") return admitAnyone(request, options);
    if (request.session === null)
      return sendProblem(reply, "not-signed-in", "sign in first, on the start page");
    return admitSignedIn(request, reply, access, options);
  });

  app.addHook("preHandler", async (request, reply) => {
    if (request.is404) return undefined;
    const { access } = request.routeOptions.config;
    if (access.to === "pond" || access.to === "farmer-of")
      return admitToPond(request, reply, access, options);
    return undefined;
  });
}

/**
 * What anybody may have is not kept from him by a silent ledger; but without its word nobody is shown more than what is
 * his own.
 */
async function admitAnyone(request: FastifyRequest, options: AccessOptions): Promise<undefined> {
  const { session } = request;
  if (session === null || !request.url.startsWith("/api/")) return;
  try {
    request.viewer = viewerOf(session, await options.standing.now(), options);
  } catch {
    const viewer = viewerOf(session, options.standing.last(), options);
    const basisFor = (pond: Hex) => (viewer.isFarmerOf(pond) ? ("farmer" as const) : undefined);
    request.viewer = { ...viewer, basisFor, seesPolicy: ({ terms }) => viewer.isFarmerOf(terms.pond) };
  }
}

async function admitSignedIn(
  request: FastifyRequest,
  reply: FastifyReply,
  access: Access,
  options: AccessOptions,
): Promise<FastifyReply | undefined> {
  let standing: Standing;
  try {
    standing = await options.standing.now();
  } catch (error) {
    // Whether a consent still holds is not known, so nobody reads.
    request.log.warn({ err: error }, "the ledger does not say who may read");
    return sendProblem(reply, "ledger-silent", "try again when the ledger answers");
  }
  const viewer = viewerOf(request.session!, standing, options);
  request.viewer = viewer;
  if (access.to !== "roles" || access.roles.some((role) => viewer.roles.includes(role))) return undefined;
  return sendProblem(reply, "wrong-role", `this takes one of these roles: ${access.roles.join(", ")}`);
}

function admitToPond(
  request: FastifyRequest,
  reply: FastifyReply,
  access: Extract<Access, { to: "pond" | "farmer-of" }>,
  { pondOf, accessLog }: AccessOptions,
): FastifyReply | undefined {
  const viewer = request.viewer!;
  const value = String((request.params as Record<string, unknown>)[access.param]);
  const pond = pondOf(access.param, value);
  if (pond === undefined)
    return sendProblem(reply, UNKNOWN[access.param], `nothing is called "${value}" here`);
  if (access.to === "farmer-of")
    return viewer.isFarmerOf(pond)
      ? undefined
      : sendProblem(reply, "wrong-role", "only the farmer of this pond may do this");
  const basis = viewer.basisFor(pond, access.purposes);
  if (basis === undefined)
    return sendProblem(
      reply,
      "no-consent",
      `the farmer has not granted you this pond's data (${access.purposes.join(", ")})`,
    );
  if (basis !== "farmer") accessLog.note({ pond, account: viewer.account, basis, what: whatOf(request) });
  return undefined;
}

const UNKNOWN = { pond: "unknown-pond", claim: "unknown-claim", streamId: "unknown-stream" } as const;

/** What was asked for, as the farmer's page words it: the route, not the values in it. */
function whatOf({ routeOptions }: FastifyRequest): string {
  return (routeOptions.url ?? "").replace("/api/v1/", "");
}

/** The viewer of a session as of a standing. */
export function viewerOf(
  { account }: Pick<Session, "account">,
  standing: Standing,
  { policies, nowMs }: Pick<AccessOptions, "policies" | "nowMs">,
): Viewer {
  return createViewer({ account, standing, policies: policies(), nowMs: nowMs() });
}

/**
 * True when a request that changes something comes from our own page: the browser names our origin, and the header is
 * one that another site could not send without our consent.
 */
function isOwnPage({ headers, origin }: FastifyRequest): boolean {
  return headers[INTENT_HEADER] !== undefined && headers.origin === origin.origin;
}
