import hre from "hardhat";
import { describe, expect, it } from "vitest";
import { deployPondproof, HOLDERS, type Request } from "../../../ignition/deploy-pondproof.ts";
import { parseChoice } from "../../../ignition/deployment-choice.ts";

const addressOf = (n: number) => `0x${n.toString(16).padStart(40, "a")}`;
const HOLDING = {
  ...Object.fromEntries(HOLDERS.map((name, i) => [name, addressOf(i)])),
  reporters: [addressOf(31), addressOf(30), addressOf(32)],
};

describe("deploying", () => {
  it("sends nothing to a chain that cannot check P-256 signatures", async () => {
    const connection = await hre.network.create({ network: "node", override: { hardfork: "prague" } });
    const asked: string[] = [];
    const request: Request = (method, params = []) => {
      asked.push(method);
      return connection.provider.request({ method, params });
    };
    const choice = parseChoice(JSON.stringify({ ...HOLDING, tokenOwner: addressOf(99) }));
    const deploying = deployPondproof({ request, rpc: "http://127.0.0.1", choice, pollingIntervalMs: 10 });
    await expect(deploying).rejects.toMatchObject({ code: "LEDGER_WITHOUT_P256" });
    expect(asked).toEqual(["eth_call"]);
  });

  it("takes a token that is there, and says what it sends", async () => {
    const connection = await hre.network.create("node");
    const request: Request = (method, params = []) => connection.provider.request({ method, params });
    const lines: string[] = [];
    const options = { request, rpc: "http://127.0.0.1", pollingIntervalMs: 10 };
    const trial = parseChoice(JSON.stringify({ ...HOLDING, tokenOwner: addressOf(99) }));
    const first = await deployPondproof({ ...options, choice: trial });
    const real = parseChoice(JSON.stringify({ ...HOLDING, token: first.contracts.Token }));
    const second = await deployPondproof({
      ...options,
      choice: real,
      onProgress: (line) => lines.push(line),
    });
    expect(second.contracts.Token).toBe(first.contracts.Token);
    expect(second.contracts.Policies).not.toBe(first.contracts.Policies);
    expect(lines.at(-1)).toBe(`transaction ${lines.length} of ${lines.length}`);
  });

  it("names every mistake of a choice at once", () => {
    const bad = {
      ...HOLDING,
      operator: "0x12",
      reporters: [addressOf(30), addressOf(30)],
      token: addressOf(1),
      tokenOwner: addressOf(2),
      treasury: addressOf(3),
    };
    expect(() => parseChoice(JSON.stringify(bad))).toThrow(
      expect.objectContaining({
        facts: expect.objectContaining({
          mistakes: [
            "operator: an address",
            "reporters: 1 to 15 different addresses; more than half of them decide about weather",
            "either token, the address of an ERC-20, or tokenOwner, who mints a token without value",
            "treasury: nobody knows this",
          ],
        }),
      }),
    );
    expect(() => parseChoice("[")).toThrow();
  });
});
