/**
 * What somebody may be given a pond's data for; the place in this list is the number that the ledger keeps
 * (`IConsentRegistry`), so an entry never moves.
 */
export const PURPOSES = ["underwriting", "claims", "lending", "oversight"] as const;

/**
 * `underwriting`: to offer cover; `claims`: to check a claim; `lending`: to judge a loan; `oversight`: a regulator's or
 * a researcher's question.
 */
export type Purpose = (typeof PURPOSES)[number];
