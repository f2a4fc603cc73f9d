import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { anyPort } from "../../demo/ports.ts";
import { toHex } from "../../protocol/bytes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HOST = "127.0.0.1";
/** Clock ticks a second in /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What a process has used since it began. */
export type Usage = { cpuSeconds: number; peakResidentBytes: number; writtenBytes: number };

export type GatewayProcess = { mqttPort: number; usage(): Promise<Usage>; stop(): Promise<void> };

/** The gateway as it runs on a Pi: its own process, from a configuration file, on one core. Linux only. */
export async function startGatewayProcess({
  folder,
  site,
  publicKeys,
  periodMs,
}: {
  folder: string;
  site: string;
  publicKeys: readonly Uint8Array[];
  periodMs: number;
}): Promise<GatewayProcess> {
  const [mqtt, http] = [await anyPort(HOST), await anyPort(HOST)];
  const config = join(folder, "gateway.json");
  await writeFile(join(folder, "clock-synchronised"), "");
  await writeFile(
    config,
    JSON.stringify({
      version: 1,
      site,
      dataDir: join(folder, "gateway"),
      host: HOST,
      ports: { mqtt, http },
      earliest: "2024-01-01T00:00:00Z",
      clockSynchronisedFile: join(folder, "clock-synchronised"),
      devices: publicKeys.map((publicKey) => ({ publicKey: toHex(publicKey), periodMs })),
    }),
  );
  const child = spawn("taskset", ["--cpu-list", "0", process.execPath, "edge/main.ts", "--config", config], {
    cwd: ROOT,
    env: { ...process.env, PONDPROOF_GATEWAY_TOKEN: "token-of-the-benchmark" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  await isUp(createInterface({ input: child.stdout }));
  const proc = (name: string) => readFile(`/proc/${child.pid}/${name}`, "utf8");
  return {
    mqttPort: mqtt,
    async usage() {
      const [stat, status, io] = await Promise.all([proc("stat"), proc("status"), proc("io")]);
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return {
        // utime and stime: fields 14 and 15 of proc(5), counted from the one behind the name.
        cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
        peakResidentBytes: 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]),
        writtenBytes: Number(/^write_bytes: (\d+)$/m.exec(io)![1]),
      };
    },
    async stop() {
      child.kill("SIGTERM");
      await exit;
    },
  };
}

async function isUp(lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) if (line.includes("the gateway is up")) return;
  throw new Error("the gateway ended before it was up");
}
