import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { PondproofError } from "../protocol/errors.ts";

const TRIES = 200;

/** The first port from `from` on that nobody listens on. */
export async function freePort({ host, from }: { host: string; from: number }): Promise<number> {
  for (let port = from; port < from + TRIES; port++) {
    if (await isFree(host, port)) return port;
  }
  throw new PondproofError("INVALID_ARGUMENT", { problem: "no free port", from, to: from + TRIES - 1 });
}

/** A port that the system says is free, for a program that cannot be told to take any. */
export async function anyPort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, host);
  const [event] = await Promise.race([
    once(server, "listening").then(() => ["listening"]),
    once(server, "error").then(() => ["error"]),
  ]);
  server.close();
  return event === "listening";
}
