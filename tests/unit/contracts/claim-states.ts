/** IClaims.State. */
export const STATE = {
  none: 0n,
  evaluated: 1n,
  payable: 2n,
  paid: 3n,
  merged: 4n,
  disputed: 5n,
  reopened: 6n,
  rejected: 7n,
} as const;

/** IClaims.Ground. */
export const GROUND = {
  none: 0n,
  late: 1n,
  suspect: 2n,
  numbers: 3n,
  place: 4n,
  source: 5n,
  cause: 6n,
  ruled: 7n,
  audit: 8n,
} as const;
