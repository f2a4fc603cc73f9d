/** Where a part tells what happened: facts first, then one sentence. A pino logger is one. */
export type Log = {
  info(facts: Record<string, unknown>, sentence: string): void;
  warn(facts: Record<string, unknown>, sentence: string): void;
  error(facts: Record<string, unknown>, sentence: string): void;
};

/** A log that keeps nothing. */
export const silentLog: Log = { info() {}, warn() {}, error() {} };
