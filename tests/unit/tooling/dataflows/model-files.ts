import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Model } from "../../../../tooling/dataflows/model.ts";
import { createModelReader } from "../../../../tooling/dataflows/read-model.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** What a file of `dataflows/` holds, before anybody has judged it. */
export function rawModel(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(`${root}dataflows/${name}.json`, "utf8")) as Record<string, unknown>;
}

export const schema = rawModel("model.schema");
export const readModel = createModelReader(schema);
export const MODEL_NAMES = ["fish-farming", "international-trade", "traveller-network"] as const;

export function modelNamed(name: (typeof MODEL_NAMES)[number]): Model {
  const reading = readModel(rawModel(name));
  if (!reading.ok) throw new Error(reading.mistakes.join("\n"));
  return reading.model;
}
