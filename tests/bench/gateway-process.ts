import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { anyPort } from "../../demo/ports.ts";
import { toHex } from "../../protocol/bytes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HOST = "127.0.0.1";
/** Clock ticks a second in /proc, on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What a process has used since it began. */
export type Usage = { cpuSeconds: number; peakResidentBytes: number; writtenBytes: number };

export type GatewayProcess = {
  mqttPort: number;
  http: { url: string; token: string };
  usage(): Promise<Usage>;
  stop(): Promise<void>;
};

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
      version: 2,
      site,
      dataDir: join(folder, "gateway"),
      http: { port: http, token: { env: "TOKEN" } },
      broker: { port: mqtt },
      earliest: "2024-01-01T00:00:00Z",
      clockSynchronisedFile: join(folder, "clock-synchronised"),
      devices: publicKeys.map((publicKey) => ({ publicKey: toHex(publicKey), periodMs })),
    }),
  );
  const program = [process.execPath, ...(await flagsOfUnit()), "edge/main.ts"];
  const token = "token-of-the-benchmark";
  const env = { ...process.env, TOKEN: token, NODE_COMPILE_CACHE: join(folder, "cache") };
  // As the unit does before each start: it leaves the compiled program in the cache.
  await promisify(execFile)(program[0]!, [...program.slice(1), "check", "--config", config], {
    cwd: ROOT,
    env,
  });
  const child = spawn("taskset", ["--cpu-list", "0", ...program, "--config", config], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  await isUp(createInterface({ input: child.stdout }));
  const proc = (name: string) => readFile(`/proc/${child.pid}/${name}`, "utf8");
  return {
    mqttPort: mqtt,
    http: { url: `http://${HOST}:${http}`, token },
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

/** What the service on a Pi gives Node beside the program. */
async function flagsOfUnit(): Promise<string[]> {
  const unit = await readFile(join(ROOT, "deploy/systemd/pondproof-gateway.service"), "utf8");
  const [, flags] = /^ExecStart=\S+ ((?:--\S+ )*)\S+\/edge\/main\.ts /m.exec(unit)!;
  return flags!.split(" ").filter((flag) => flag !== "");
}

async function isUp(lines: AsyncIterable<string>): Promise<void> {
  for await (const line of lines) if (line.includes("the gateway is up")) return;
  throw new Error("the gateway ended before it was up");
}
