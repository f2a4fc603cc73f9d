// What a request's parameters may be, in JSON Schema.

export const BATCH = { type: "integer", minimum: 1, maximum: 2 ** 32 } as const;
export const TIME = { type: "integer", minimum: 0, maximum: 2 ** 48 - 1 } as const;
export const LEVEL = { type: "integer", minimum: 0, maximum: 32 } as const;
export const INDEX = { type: "integer", minimum: 0, maximum: 2 ** 32 - 1 } as const;

/** So many bytes in lower-case hex. */
export function hexOf(bytes: number, prefix = "0x") {
  return { type: "string", pattern: `^${prefix}[0-9a-f]{${2 * bytes}}$` } as const;
}
