import type { LedgerEvent } from "../../../ledger/events.ts";
import { PURPOSES, type Purpose } from "../../../protocol/consent.ts";
import type { Hex } from "../../../protocol/terms.ts";
import type { Role } from "../../api.ts";

/** What the ledger says of who may do and see what. */
export const STANDING_KINDS = [
  "RoleGranted",
  "RoleRevoked",
  "PondEnrolled",
  "ConsentGranted",
  "ConsentWithdrawn",
  "MemberAppointed",
  "MemberDismissed",
  "PondRecovered",
] as const;
export type StandingEvent = LedgerEvent<(typeof STANDING_KINDS)[number]>;

/** A consent as its farmer gave it; `untilMs` may lie behind. */
export type Consent = { pond: Hex; institution: Hex; purpose: Purpose; untilMs: number };

/** Powers, ponds and consents as of a block. Accounts are compared whatever their case. */
export type Standing = {
  /** Powers of the ledger's register, without `farmer`. */
  rolesOf(account: Hex, nowMs: number): Role[];
  farmerOf(pond: Hex): Hex | undefined;
  pondsOf(account: Hex): Hex[];
  /** Those that were not withdrawn. */
  consentsOf(pond: Hex): Consent[];
  /** True when the account is the institution, or reads for it. */
  readsFor(account: Hex, institution: Hex): boolean;
};

/** contracts/access/Roles.sol, by number. */
const ROLE_BY_NUMBER: Readonly<Record<number, Role>> = {
  0: "governor",
  1: "registrar",
  2: "underwriter",
  3: "operator",
  4: "claims-officer",
  5: "arbiter",
  6: "products",
  7: "guardian",
  8: "auditor",
};

const MS_PER_SECOND = 1000;

/** Standing out of the ledger's events, which `take` takes in their order. */
export function createStanding(): Standing & { take(event: StandingEvent): void } {
  const roles = new Map<string, Map<Role, number>>();
  const farmers = new Map<Hex, Hex>();
  const consents = new Map<Hex, Map<string, Consent>>();
  const members = new Set<string>();
  const same = (a: Hex, b: Hex) => a.toLowerCase() === b.toLowerCase();
  const membership = (institution: Hex, member: Hex) => `${institution} ${member}`.toLowerCase();
  const rolesOfAccount = (account: Hex) => {
    const key = account.toLowerCase();
    const known = roles.get(key) ?? new Map<Role, number>();
    roles.set(key, known);
    return known;
  };
  const consentsOfPond = (pond: Hex) => {
    const known = consents.get(pond) ?? new Map<string, Consent>();
    consents.set(pond, known);
    return known;
  };

  return {
    take(event) {
      switch (event.kind) {
        case "RoleGranted": {
          const role = ROLE_BY_NUMBER[event.roleId];
          const held = rolesOfAccount(event.account);
          // A grant to whoever holds it already only changes a delay.
          if (role !== undefined && (event.newMember || !held.has(role)))
            held.set(role, event.since * MS_PER_SECOND);
          return;
        }
        case "RoleRevoked": {
          const role = ROLE_BY_NUMBER[event.roleId];
          if (role !== undefined) rolesOfAccount(event.account).delete(role);
          return;
        }
        case "PondEnrolled":
          farmers.set(event.pond, event.farmer);
          return;
        case "PondRecovered":
          farmers.set(event.pond, event.to);
          return;
        case "ConsentGranted": {
          const { pond, institution, purpose, until } = event;
          const consent = { pond, institution, purpose, untilMs: until * MS_PER_SECOND };
          consentsOfPond(pond).set(`${institution} ${purpose}`, consent);
          return;
        }
        case "ConsentWithdrawn":
          consentsOfPond(event.pond).delete(`${event.institution} ${event.purpose}`);
          return;
        case "MemberAppointed":
          members.add(membership(event.institution, event.member));
          return;
        case "MemberDismissed":
          members.delete(membership(event.institution, event.member));
      }
    },
    rolesOf: (account, nowMs) =>
      [...(roles.get(account.toLowerCase()) ?? [])].flatMap(([role, sinceMs]) =>
        sinceMs <= nowMs ? [role] : [],
      ),
    farmerOf: (pond) => farmers.get(pond),
    pondsOf: (account) => [...farmers].flatMap(([pond, farmer]) => (same(farmer, account) ? [pond] : [])),
    consentsOf: (pond) =>
      [...(consents.get(pond)?.values() ?? [])].sort(
        (a, b) => PURPOSES.indexOf(a.purpose) - PURPOSES.indexOf(b.purpose),
      ),
    readsFor: (account, institution) =>
      same(account, institution) || members.has(membership(institution, account)),
  };
}
