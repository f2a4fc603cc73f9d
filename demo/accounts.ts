import { addressOfKey } from "../ledger/client.ts";
import { signText } from "../ledger/sign-in.ts";
import type { Names } from "../portal/api.ts";
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
  { id: "auditor", name: { en: "Auditor", zh: "审计员" } },
];

/** The demo's own accounts, which sign in with one click: their keys follow from the run's secret. */
export function readyAccounts(
  secret: Uint8Array,
  { without = [] }: { without?: readonly Actor[] } = {},
): ReadyAccounts {
  const offered = OFFERED.filter(({ id }) => !without.includes(id));
  return {
    list: () =>
      offered.map(({ id, name }) => ({ id, name, account: addressOfKey(actorKey(secret, id)) as Hex })),
    async sign(id, message) {
      const actor = offered.find((candidate) => candidate.id === id);
      if (actor === undefined) throw new PondproofError("INVALID_ARGUMENT", { account: id });
      return signText(message, actorKey(secret, actor.id));
    },
  };
}
