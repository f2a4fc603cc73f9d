/** Where a part tells what happened: facts first, then one sentence. A pino logger is one. */
export type Log = {
  info(facts: Record<string, unknown>, sentence: string): void;
  warn(facts: Record<string, unknown>, sentence: string): void;
  error(facts: Record<string, unknown>, sentence: string): void;
};

/** A log that keeps nothing. */
export const silentLog: Log = { info() {}, warn() {}, error() {} };

/** Error in the form that a log line carries. */
export function errorFacts(error: unknown): Record<string, unknown> {
  return error instanceof Error ? { error: error.message, stack: error.stack } : { error: String(error) };
}
