import { createHmac } from "node:crypto";
import type { SubRole } from "../protocol/flows.ts";

/** Who holds a key in the demo. One key each: the contracts refuse to give one key two powers. */
export const ACTORS = [
  "governor",
  "registrar",
  "operator",
  "agent",
  "insurer",
  "officer",
  "second-officer",
  "arbiter",
  "guardian",
  "second-guardian",
  "provider",
  "treasury",
  "watcher",
  "reporter",
  "second-reporter",
  "third-reporter",
  "auditor",
  "bank",
  "farmer-huzhou",
  "farmer-linghu",
] as const;

/** Who signs what the weather was. */
export const REPORTERS = [
  "reporter",
  "second-reporter",
  "third-reporter",
] as const satisfies readonly Actor[];

export type Actor = (typeof ACTORS)[number];

/** Whose key it is, as the standard's roles have him; the treasury is the insurer's, and a bank a user as he is. */
export const SUB_ROLE_OF = {
  governor: "governor",
  registrar: "registrar",
  operator: "service-provider",
  agent: "service-provider",
  insurer: "insurance-company",
  officer: "insurance-company",
  "second-officer": "insurance-company",
  arbiter: "auditor",
  guardian: "governor",
  "second-guardian": "governor",
  provider: "service-provider",
  treasury: "insurance-company",
  watcher: "insurance-company",
  reporter: "service-provider",
  "second-reporter": "service-provider",
  "third-reporter": "service-provider",
  auditor: "auditor",
  bank: "insurance-company",
  "farmer-huzhou": "fish-farmer",
  "farmer-linghu": "fish-farmer",
} as const satisfies Record<Actor, SubRole>;

/** A 32-byte secret key for a purpose, derived from the run's secret: HMAC-SHA-256(secret, purpose). */
export function deriveKey(secret: Uint8Array, purpose: string): Uint8Array {
  return createHmac("sha256", secret).update(`pondproof/demo/${purpose}`).digest();
}

/** The same as hex, as the ledger's client takes it. */
export function actorKey(secret: Uint8Array, actor: Actor): `0x${string}` {
  return `0x${Buffer.from(deriveKey(secret, actor)).toString("hex")}`;
}

/** A bearer token for a purpose. */
export function deriveToken(secret: Uint8Array, purpose: string): string {
  return Buffer.from(deriveKey(secret, `token/${purpose}`)).toString("base64url");
}
