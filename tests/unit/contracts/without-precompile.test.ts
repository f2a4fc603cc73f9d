import { network } from "hardhat";
import { beforeEach, describe, expect, it } from "vitest";
import { BOND } from "../../../ignition/modules/Pondproof.ts";
import { refusal } from "./reverts.ts";

/** Where Osaka has its P-256 precompile; before Osaka, whatever code somebody put there. */
const P256VERIFY = `0x${"100".padStart(40, "0")}`;

/** Code that says 1 of the signature that deployments ask about, as long as s is in its low form; else nothing. */
const LOW_FORMS_ONLY = `0x${[
  "7f018afd07307ec2ce31228dfebf8653fce6e2adb2ad6738e2d143aa07363b4e57", // PUSH32 the hash that is asked about
  "60003514", // is the first word
  "7f7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8", // PUSH32 n/2
  "6040351115", // is not below the third word
  "1660505700", // AND, or stop
  "5b600160005260206000f3", // JUMPDEST, return 1
].join("")}`;
const FAILS = "0xfe";
const SAYS_YES_TO_ALL = "0x600160005260206000f3";

describe("on a chain before Osaka", () => {
  let chain: Awaited<ReturnType<typeof createChain>>;
  beforeEach(async () => {
    chain = await createChain();
  });

  for (const name of ["DeviceRegistry", "Challenges", "RawWindows", "Evaluation"] as const) {
    it(`${name} is refused: nothing checks P-256 signatures there`, async () => {
      expect(await chain.deploy(name)).toBe("NoPrecompile");
    });
  }

  it("code in the precompile's place is believed only where it knows good from bad, in both forms", async () => {
    for (const [code, answer] of [
      [SAYS_YES_TO_ALL, "NoPrecompile"],
      [LOW_FORMS_ONLY, "NoPrecompile"],
      [FAILS, "NotEnoughGas"],
    ] as const) {
      await chain.putCode(P256VERIFY, code);
      expect({ code, answer: await chain.deploy("DeviceRegistry") }).toEqual({ code, answer });
    }
  });
});

async function createChain() {
  const { ethers, networkHelpers } = await network.create({
    network: "node",
    override: { hardfork: "prague" },
  });
  const [deployer] = await ethers.getSigners();
  const anybody = deployer!.address;
  const deployed = async (name: string, args: unknown[]) => {
    const contract = await ethers.deployContract(name, args);
    return contract.getAddress();
  };
  const bond = async () => deployed("OperatorBond", [anybody, await deployed("TestToken", [anybody]), BOND]);
  const argsOf = {
    DeviceRegistry: () => [anybody],
    Challenges: async () => [anybody, anybody, await bond(), 0],
    RawWindows: () => [anybody],
    Evaluation: () => Array.from({ length: 7 }, () => anybody),
  };
  return {
    putCode: (at: string, code: string) => networkHelpers.setCode(at, code),
    /** The error that deploying a contract is refused with. */
    deploy: async (name: keyof typeof argsOf) => {
      const contract = await ethers.getContractFactory(name);
      return refusal(contract.deploy(...(await argsOf[name]())), contract);
    },
  };
}
