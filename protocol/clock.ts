/** Time, handed in: the machine's, or a simulation's. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** Resolves when the clock has reached `untilMs`; rejects with the signal's reason when it is aborted first. */
  wait(untilMs: number, signal: AbortSignal): Promise<void>;
}
