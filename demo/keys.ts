import { createHmac } from "node:crypto";

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
