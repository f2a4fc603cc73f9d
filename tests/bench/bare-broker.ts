import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { anyPort } from "../../demo/ports.ts";

const ECHO = fileURLToPath(new URL("./echo.ts", import.meta.url));
const HOST = "127.0.0.1";

export type BareBroker = { port: number; stop(): Promise<void> };

/** Aedes in a process of its own, with somebody who only acknowledges. */
export async function startBareAedes(site: string): Promise<BareBroker> {
  const { port, child } = await startEcho("aedes", site);
  return { port, stop: () => end(child) };
}

/** Mosquitto, and beside it somebody who only acknowledges. */
export async function startBareMosquitto(folder: string, site: string, program: string): Promise<BareBroker> {
  const port = await anyPort(HOST);
  const config = join(folder, "mosquitto.conf");
  await writeFile(config, `listener ${port} ${HOST}\nallow_anonymous true\npersistence false\n`);
  const mosquitto = spawn(program, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface({ input: mosquitto.stderr })) if (line.includes("running")) break;
  mosquitto.stderr.resume();
  const { child } = await startEcho(String(port), site);
  return {
    port,
    async stop() {
      await end(child);
      await end(mosquitto);
    },
  };
}

async function startEcho(broker: string, site: string): Promise<{ port: number; child: ChildProcess }> {
  const child = spawn(process.execPath, [ECHO, broker, site], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { port: Number(line), child };
}

async function end(child: ChildProcess): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}
