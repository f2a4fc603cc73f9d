import { beforeAll, describe, expect, it } from "vitest";
import { createWorld, type World } from "./world.ts";

describe("a deployment", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });

  it("leaves the deployer and the charter without any role", async () => {
    const { accessManager } = world.contracts;
    for (let role = 0; role <= 8; role++) {
      const [member] = await accessManager.hasRole(role, world.accounts.deployer.address);
      expect({ role, member }).toEqual({ role, member: false });
    }
    const [governs] = await accessManager.hasRole(0, world.accounts.governor.address);
    expect(governs).toBe(true);
  });

  it("makes the operator the one who anchors", async () => {
    expect(await world.contracts.batchLedger.operator()).toBe(world.accounts.operator.address);
  });

  it("keeps every contract below the size limit", async () => {
    for (const [name, address] of Object.entries(world.addresses)) {
      const code = await world.ethers.provider.getCode(address);
      expect({ name, fits: (code.length - 2) / 2 < 24_576 }).toEqual({ name, fits: true });
    }
  });

  for (const [one, other] of [
    ["registrar", "insurer"],
    ["registrar", "operator"],
    ["insurer", "operator"],
    ["operator", "claimsOfficer"],
    ["insurer", "secondClaimsOfficer"],
    ["registrar", "claimsOfficer"],
    ["arbiter", "insurer"],
    ["arbiter", "claimsOfficer"],
    ["arbiter", "operator"],
  ] as const) {
    it(`is refused when one key is ${one} and ${other}`, async () => {
      const fresh = await world.ethers.getSigners();
      const accounts = { ...world.accounts, [other]: world.accounts[one], stranger: fresh[15]! };
      await expect(world.deploy(accounts)).rejects.toMatchObject({
        code: "LEDGER_NOT_DEPLOYED",
        facts: expect.toSatisfy((facts) => /OneKeyTwoDuties/.test(JSON.stringify(facts))),
      });
    });
  }
});
