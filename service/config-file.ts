import { Ajv, type ErrorObject } from "ajv";
import { PondproofError } from "../protocol/errors.ts";

/** Where a secret stands: in a file, or in a variable of the environment. */
export type SecretSource = { file: string } | { env: string };

const path = { type: "string", minLength: 1 } as const;
const secret = {
  type: "object",
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
  properties: { file: path, env: { type: "string", pattern: "^[A-Z][A-Z0-9_]*$" } },
} as const;
const url = { type: "string", pattern: "^https?://" } as const;

/** What the schemas of configuration files are made of. */
export const CONFIG_PARTS = { path, secret, url } as const;

/**
 * The configuration in a file's text, with the schema's defaults filled in.
 * @throws CONFIG_INVALID with all mistakes and their paths
 */
export function parseConfigFile<Config>(schema: object, text: string): Config {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new PondproofError("CONFIG_INVALID", { mistakes: [`not JSON: ${(cause as Error).message}`] });
  }
  const validate = new Ajv({ allErrors: true, useDefaults: true, strict: true }).compile<Config>(schema);
  if (validate(json)) return json;
  throw new PondproofError("CONFIG_INVALID", { mistakes: (validate.errors ?? []).map(describeMistake) });
}

/** A mistake that a schema found, with its path, in one line. */
export function describeMistake({ instancePath, message, keyword, params }: ErrorObject): string {
  const what = keyword === "additionalProperties" ? `unknown key "${params.additionalProperty}"` : message;
  const allowed =
    keyword === "const"
      ? ` ${JSON.stringify(params.allowedValue)}`
      : keyword === "enum"
        ? ` ${JSON.stringify(params.allowedValues)}`
        : "";
  return `${instancePath || "/"}: ${what}${allowed}`;
}
