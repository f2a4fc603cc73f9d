const STORED = "pondproof-heard";
const MINUTE_MS = 60_000;

/** Notes when the server was last heard, by its clock: all that a page knows of the ponds when it opens without a network. */
export function noteHeard(heardMs: number): void {
  const minute = String(heardMs - (heardMs % MINUTE_MS));
  if (localStorage.getItem(STORED) !== minute) localStorage.setItem(STORED, minute);
}

export function lastHeardMs(): number | undefined {
  const stored = localStorage.getItem(STORED);
  return stored === null ? undefined : Number(stored);
}
