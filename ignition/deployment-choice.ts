import { PondproofError } from "../protocol/errors.ts";
import { type DeploymentChoice, HOLDERS } from "./deploy-pondproof.ts";

const ADDRESS = /^0x[0-9a-fA-F]{40}$/;
/** As `FeedRegistry` takes them. */
const MOST_REPORTERS = 15;
const MAX_DELAY_SECONDS = 2 ** 32 - 1;

/**
 * Who holds which power on which money, out of JSON.
 * @throws INVALID_ARGUMENT with all its mistakes
 */
export function parseChoice(text: string): DeploymentChoice {
  const json = asObject(text);
  const known = [...HOLDERS, "reporters", "token", "tokenOwner", "governorDelaySeconds"];
  const delay = json.governorDelaySeconds ?? 0;
  const mistakes = [
    ...HOLDERS.filter((name) => !isAddress(json[name])).map((name) => `${name}: an address`),
    ...(isReporters(json.reporters)
      ? []
      : [
          `reporters: 1 to ${MOST_REPORTERS} different addresses; more than half of them decide about weather`,
        ]),
    ...(isAddress(json.token) === isAddress(json.tokenOwner)
      ? ["either token, the address of an ERC-20, or tokenOwner, who mints a token without value"]
      : []),
    ...(Number.isInteger(delay) && (delay as number) >= 0 && (delay as number) <= MAX_DELAY_SECONDS
      ? []
      : ["governorDelaySeconds: a whole number of seconds"]),
    ...Object.keys(json)
      .filter((name) => !known.includes(name))
      .map((name) => `${name}: nobody knows this`),
  ];
  if (mistakes.length > 0) throw new PondproofError("INVALID_ARGUMENT", { document: "choice", mistakes });
  return { ...json, governorDelaySeconds: delay } as DeploymentChoice;
}

function asObject(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
  } catch {
    // Said below, like any other form that is not an object.
  }
  throw new PondproofError("INVALID_ARGUMENT", { document: "choice", mistakes: ["not a JSON object"] });
}

function isReporters(value: unknown): boolean {
  if (!Array.isArray(value) || !value.every(isAddress)) return false;
  const different = new Set(value.map((address: string) => address.toLowerCase()));
  return different.size === value.length && value.length > 0 && value.length <= MOST_REPORTERS;
}

function isAddress(value: unknown): boolean {
  return typeof value === "string" && ADDRESS.test(value);
}
