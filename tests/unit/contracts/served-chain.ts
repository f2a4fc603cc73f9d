import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Deployment } from "../../../ledger/deployment.ts";
import type { Hex } from "../../../protocol/terms.ts";
import type { World } from "./world.ts";

/** The test's chain over HTTP, as a node offers it, with the deployment that readers of it need. */
export async function serveChain(world: World) {
  const server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    const { id, method, params } = JSON.parse(Buffer.concat(body).toString()) as {
      id: number;
      method: string;
      params: unknown[];
    };
    const result: unknown = await world.ethers.provider.send(method, params);
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const rpc = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const genesis = await world.ethers.provider.getBlock(0);
  const deployment: Deployment = {
    chainId: world.chainId,
    rpc,
    firstBlock: 0,
    genesis: genesis!.hash! as Hex,
    contracts: world.deployed,
  };
  return { deployment, close: () => new Promise((resolve) => server.close(resolve)) };
}
