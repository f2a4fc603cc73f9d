import type { CaseCode } from "../../protocol/conviction.ts";

/** What an operator, or the owner of a probe, may be caught at: one lie for each case of protocol §6. */
export const LIES = {
  "bad-combine": { code: "BadCombine", told: "inner nodes that say less oxygen than their children" },
  "bad-signature": { code: "BadSignature", told: "readings changed after the probe had signed them" },
  "bad-inside": { code: "BadInside", told: "leaves that say other values than their records" },
  "bad-chain": { code: "BadChain", told: "readings signed with a stolen key, between two true ones" },
  "bad-occupancy": { code: "BadOccupancy", told: "nodes that count one reading too many and one too few" },
  rewritten: { code: "Rewritten", told: "readings that an earlier batch has otherwise" },
  shrunk: { code: "Shrunk", told: "a stream with fewer readings than an earlier batch has" },
  "from-the-future": { code: "FromTheFuture", told: "a reading of tomorrow" },
  "bad-directory": {
    code: "BadDirectory",
    told: "streams that stand twice in the directory, true and false",
  },
  equivocation: { code: "Equivocation", told: "a second device with a probe's key says otherwise" },
} as const satisfies Record<string, { code: CaseCode; told: string }>;

export type LieName = keyof typeof LIES;

export const LIE_NAMES = Object.keys(LIES) as LieName[];

/** The lies that an operator anchors; the remaining one is the probe's own. */
export type OperatorsLie = Exclude<LieName, "equivocation">;
