import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  CONTRACT_NAMES,
  type Deployment,
  parseDeployment,
  readDeployment,
  writeDeployment,
} from "../../../ledger/deployment.ts";

const deployment: Deployment = {
  chainId: 31337,
  rpc: "http://127.0.0.1:8545",
  firstBlock: 0,
  genesis: `0x${"0a".repeat(32)}`,
  contracts: Object.fromEntries(
    CONTRACT_NAMES.map((name) => [name, `0x${"11".repeat(20)}`]),
  ) as Deployment["contracts"],
};

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "pondproof-deployment-"));
});
afterEach(() => rm(dir, { recursive: true }));

describe("a deployment document", () => {
  it("comes back from its file, which leaves nothing beside it", async () => {
    const path = join(dir, "deployment.json");
    await writeDeployment(path, deployment);
    await writeDeployment(path, { ...deployment, firstBlock: 7 });
    expect(await readDeployment(path)).toEqual({ ...deployment, firstBlock: 7 });
    expect(await readdir(dir)).toEqual(["deployment.json"]);
  });

  it("is refused with all its mistakes at once", () => {
    const broken = {
      ...deployment,
      chainId: "1",
      rpc: "ws://x",
      contracts: { ...deployment.contracts, Pool: "0x1" },
    };
    expect(() => parseDeployment(broken)).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGUMENT",
        facts: expect.objectContaining({
          mistakes: [
            "chainId: a whole number above 0",
            "rpc: an http or https address without credentials",
            "contracts.Pool: an address",
          ],
        }),
      }),
    );
  });

  it("holds no password: it is served to whoever reads batches", () => {
    expect(() => parseDeployment({ ...deployment, rpc: "https://user:secret@node.example" })).toThrow(
      "credentials",
    );
  });

  it("names the file that is not JSON", async () => {
    const path = join(dir, "deployment.json");
    await writeFile(path, "{");
    await expect(readDeployment(path)).rejects.toMatchObject({
      facts: { document: path, mistakes: ["not JSON"] },
    });
  });
});
