import { readFileSync } from "node:fs";

/** The JSON of the example product, fresh each time. */
export function bassJson(): Record<string, unknown> {
  const file = new URL("../../../../demo/products/largemouth-bass.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
}
