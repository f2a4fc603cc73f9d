import { addressOfKey } from "../ledger/client.ts";
import { signForward } from "../ledger/forward.ts";
import { signText } from "../ledger/sign-in.ts";
import type { Institution, Names } from "../portal/api.ts";
import type { ReadyAccounts } from "../portal/server/access/ready-accounts.ts";
import { PondproofError } from "../protocol/errors.ts";
import type { Hex } from "../protocol/terms.ts";
import { type Actor, actorKey } from "./keys.ts";

/** Whom one can be on the demo's page, in the order in which it offers them. */
const OFFERED: readonly { id: Actor; name: Names }[] = [
  { id: "farmer-huzhou", name: { en: "Daochang Bass Farm", zh: "道场鲈鱼养殖场" } },
  { id: "farmer-linghu", name: { en: "Linghu Cooperative", zh: "菱湖养殖合作社" } },
  { id: "officer", name: { en: "Insurer: claims", zh: "保险公司：理赔" } },
  { id: "insurer", name: { en: "Insurer: underwriting", zh: "保险公司：核保" } },
  { id: "registrar", name: { en: "Service provider", zh: "养殖服务商" } },
  { id: "bank", name: { en: "Bank", zh: "银行" } },
  { id: "auditor", name: { en: "Auditor", zh: "审计员" } },
];

/** The demo's own accounts, which sign in with one click: their keys follow from the run's secret. */
export function readyAccounts(secret: Uint8Array): ReadyAccounts {
  const keyOf = (id: string) => {
    const actor = OFFERED.find((candidate) => candidate.id === id);
    if (actor === undefined) throw new PondproofError("INVALID_ARGUMENT", { account: id });
    return actorKey(secret, actor.id);
  };
  return {
    list: () => OFFERED.map(({ id, name }) => ({ id, name, account: addressOfKey(keyOf(id)) as Hex })),
    sign: async (id, message) => signText(message, keyOf(id)),
    signRequest: async (id, request) => signForward(request, keyOf(id)),
  };
}

/** Whom the demo's farmers can grant their data: the insurer, whose officer reads for him, and a bank. */
export function institutionsOf(secret: Uint8Array): Institution[] {
  const of = (actor: Actor) => addressOfKey(actorKey(secret, actor)) as Hex;
  return [
    { account: of("insurer"), name: { en: "The insurer", zh: "保险公司" } },
    { account: of("bank"), name: { en: "The bank", zh: "银行" } },
  ];
}
