import type { FastifyInstance } from "fastify";
import type { Purpose } from "../../../protocol/consent.ts";
import { PondproofError } from "../../../protocol/errors.ts";
import type { Role } from "../../api.ts";

/** The path parameter by which a request names the pond whose data it asks for. */
export type PondParam = "pond" | "claim" | "streamId";

/**
 * Who may call a route; every route declares one in its `config`, and a server with a route that does not, does not start.
 *
 * - `anyone`: nothing of anybody's is shown.
 * - `signed-in`: the answer is about the caller himself.
 * - `roles`: holders of one of these roles on the ledger.
 * - `farmer-of`: the farmer of the pond that the path names, and nobody else.
 * - `pond`: whoever may read the data of the pond that the path names, for one of these purposes: its farmer, the
 *   provider, an auditor, the insurer of a policy in force, or an institution with the farmer's consent.
 * - `ponds-in-sight`: anybody who is signed in; the handler shows what `request.viewer` may read, and nothing else.
 */
export type Access =
  | { to: "anyone" }
  | { to: "signed-in" }
  | { to: "roles"; roles: readonly Role[] }
  | { to: "farmer-of"; param: PondParam }
  | { to: "pond"; param: PondParam; purposes: readonly Purpose[] }
  | { to: "ponds-in-sight" };

declare module "fastify" {
  interface FastifyContextConfig {
    access: Access;
  }
}

export const ANYONE: Access = { to: "anyone" };
export const SIGNED_IN: Access = { to: "signed-in" };
export const PONDS_IN_SIGHT: Access = { to: "ponds-in-sight" };

/** The roles of a kind of people, for `{ to: "roles" }`. */
export const INSURERS: readonly Role[] = ["underwriter", "products", "claims-officer"];
export const PROVIDERS: readonly Role[] = ["registrar", "operator"];
export const AUDITORS: readonly Role[] = ["auditor"];

/** A pond's data by its own name: for cover that is to be offered, or for a claim. */
export const POND_DATA: Access = {
  to: "pond",
  param: "pond",
  purposes: ["underwriting", "claims", "lending", "oversight"],
};
/** A claim with what it rests on. */
export const CLAIM_DATA: Access = { to: "pond", param: "claim", purposes: ["claims", "oversight"] };
/** A probe's readings in the archive. */
export const STREAM_DATA: Access = { to: "pond", param: "streamId", purposes: ["claims", "oversight"] };

/** A route as it was added. */
export type DeclaredRoute = { method: string; url: string; access: Access };

/**
 * Makes every route that is added from now on declare its access.
 * @throws INVALID_ARGUMENT at the first that does not
 */
export function requireDeclaredAccess(app: FastifyInstance): readonly DeclaredRoute[] {
  const declared: DeclaredRoute[] = [];
  app.addHook("onRoute", ({ method, url, config }) => {
    if (config?.access === undefined)
      throw new PondproofError("INVALID_ARGUMENT", {
        route: `${method} ${url}`,
        problem: "declares no access",
      });
    for (const each of [method].flat()) declared.push({ method: each, url, access: config.access });
  });
  return declared;
}
