import { AbiCoder, ParamType, TypedDataEncoder, verifyTypedData, Wallet } from "ethers";
import type { Hex, Quote, Terms } from "../protocol/terms.ts";
import type { Deployment } from "./deployment.ts";

type Field = { name: string; type: string };

// EIP-712 types of contracts/insurance/Terms.sol, field by field; enums are uint8.
const QUOTE: Record<string, Field[]> = { Quote: fields("Terms terms, uint40 expiresAt") };
const TERMS: Record<string, Field[]> = {
  Terms: fields(
    "uint256 product, uint256 quoteNumber, address farmer, address insurer, bytes32 pond, bytes32 waterBody",
    "bytes32[] probes, uint8 minSensors, address token, uint256 sumInsured, uint256 aggregateLimit",
    "uint256 premium, uint40 premiumDueAt, uint40 startsAt, uint32 waitSeconds, uint40 endsAt",
    "uint32 runOffSeconds, uint32 anchorWithinSeconds, uint32 challengeSeconds, uint32 disputeSeconds",
    "uint32 arbitrationSeconds, uint32 demandSeconds, uint16 allowedFlags, uint256 auditSublimit, Peril[] perils",
  ),
  Peril: fields(
    "uint8 source, uint8 metric, uint8 comparison, Tier[] tiers, uint32 validMin, uint32 validMax",
    "uint32 maxGapMs, uint32 maxMissing, uint32 separationSeconds, uint256 deductible, uint256 sublimit",
    "Condition second",
  ),
  Tier: fields("uint32 threshold, uint32 minDurationMs, uint16 payoutBps"),
  Condition: fields("bool present, uint8 metric, uint8 comparison, uint32 threshold"),
};

const ENDORSEMENT: Record<string, Field[]> = {
  Endorsement: fields(
    "uint256 policy, bytes32 fromTermsHash, bytes32 toTermsHash, uint256 quoteNumber, uint40 expiresAt",
  ),
};

/** Leave to go from one list of probes to another: `quoteNumber` is one of the insurer's, used once. */
export type Endorsement = { policy: bigint; from: Terms; to: Terms; quoteNumber: bigint; expiresAt: number };

/** Where a quote is good: on one chain, for one contract. */
type Place = Pick<Deployment, "chainId" | "contracts">;

/** EIP-712 struct hash of terms: what a policy keeps of them. */
export function hashTerms(terms: Terms): Hex {
  return TypedDataEncoder.hashStruct("Terms", TERMS, terms) as Hex;
}

/** Domain, types and message of a quote, for a wallet that signs EIP-712 itself. */
export function quoteTypedData(quote: Quote, { chainId, contracts }: Place) {
  return {
    domain: domainOf({ chainId, contracts }),
    types: { ...QUOTE, ...TERMS },
    primaryType: "Quote" as const,
    message: quote,
  };
}

/** The signature of the insurer, whose key this is, over a quote. */
export async function signQuote(quote: Quote, { key, ...place }: Place & { key: string }): Promise<Hex> {
  const { domain, types, message } = quoteTypedData(quote, place);
  return (await new Wallet(key).signTypedData(domain, types, message)) as Hex;
}

/** The signature of the insurer, whose key this is, that lets a policy's holder replace its probes. */
export async function signEndorsement(
  { policy, from, to, quoteNumber, expiresAt }: Endorsement,
  { key, ...place }: Place & { key: string },
): Promise<Hex> {
  const message = {
    policy,
    fromTermsHash: hashTerms(from),
    toTermsHash: hashTerms(to),
    quoteNumber,
    expiresAt,
  };
  return (await new Wallet(key).signTypedData(domainOf(place), ENDORSEMENT, message)) as Hex;
}

/** Who signed a quote. */
export function signerOfQuote(quote: Quote, signature: string, place: Place): Hex {
  const { domain, types, message } = quoteTypedData(quote, place);
  return verifyTypedData(domain, types, message, signature) as Hex;
}

/** Terms as the event `PolicyTerms` carries them. */
export function encodeTerms(terms: Terms): Hex {
  return AbiCoder.defaultAbiCoder().encode([abiTerms()], [terms]) as Hex;
}

/** The terms in the bytes of the event `PolicyTerms`. */
export function decodeTerms(bytes: string): Terms {
  const type = abiTerms();
  const [decoded] = AbiCoder.defaultAbiCoder().decode([type], bytes);
  return plainValue(type, decoded) as Terms;
}

function domainOf({ chainId, contracts }: Place) {
  return { name: "Pondproof", version: "1", chainId, verifyingContract: contracts.Policies };
}

function fields(...lists: string[]): Field[] {
  return lists
    .flatMap((list) => list.split(", "))
    .map((field) => {
      const [type, name] = field.split(" ");
      return { type: type!, name: name! };
    });
}

function abiTerms(): ParamType {
  return ParamType.from(abiField({ name: "terms", type: "Terms" }));
}

function abiField({ name, type }: Field): Field & { components?: unknown[] } {
  const components = TERMS[type.replace("[]", "")];
  if (components === undefined) return { name, type };
  return { name, type: type.endsWith("[]") ? "tuple[]" : "tuple", components: components.map(abiField) };
}

/** A decoded value in the form of protocol/terms.ts: amounts and ids of 256 bits are bigint, the rest numbers. */
function plainValue(type: ParamType, value: unknown): unknown {
  if (type.isArray()) return [...(value as unknown[])].map((item) => plainValue(type.arrayChildren, item));
  if (type.isTuple()) {
    const items = value as unknown[];
    return Object.fromEntries(type.components.map((field, i) => [field.name, plainValue(field, items[i])]));
  }
  return typeof value === "bigint" && type.type !== "uint256" ? Number(value) : value;
}
