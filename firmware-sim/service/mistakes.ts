import type { ErrorObject } from "ajv";

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
