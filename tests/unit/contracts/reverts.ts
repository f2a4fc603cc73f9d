import { type Interface, isCallException } from "ethers";

type WithErrors = { interface: Interface };

/** Name and values of the custom error that a call or transaction was refused with. */
export async function revertOf(
  sent: Promise<unknown>,
  contract: WithErrors,
): Promise<{ name: string; args: unknown[] }> {
  try {
    await sent;
  } catch (error) {
    const data = revertData(error);
    const parsed = data === undefined ? null : contract.interface.parseError(data);
    if (parsed === null) throw error;
    return { name: parsed.name, args: parsed.args.toArray() };
  }
  throw new Error("the call went through");
}

/** Name of the custom error alone. */
export async function refusal(sent: Promise<unknown>, contract: WithErrors): Promise<string> {
  return (await revertOf(sent, contract)).name;
}

/** ethers keeps the bytes in the call exception; Hardhat's provider one or two errors deeper. */
function revertData(error: unknown): string | undefined {
  for (let at = error; typeof at === "object" && at !== null; ) {
    if (isCallException(at as Error) && "data" in at && typeof at.data === "string") return at.data;
    const { data, cause, error: inner } = at as { data?: unknown; cause?: unknown; error?: unknown };
    if (typeof data === "string" && data.startsWith("0x")) return data;
    at = typeof data === "object" && data !== null ? data : (cause ?? inner);
  }
  return undefined;
}
