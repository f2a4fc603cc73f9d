import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

/** A program that some tests run for real. */
export type RealComponent = { name: string; path: string | undefined; install: string };

const onPath = (program: string): string | undefined =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"]
    .map((folder) => join(folder, program))
    .find(isExecutable);

/** What Debian's packages bring; missing as long as one of the programs is. */
const debian = (name: string, programs: string[], packages: string): RealComponent => ({
  name,
  path: programs.map(onPath).reduce((first, path) => first && path && first),
  install: `apt-get install ${packages}`,
});

export const chromium = debian("Chromium", ["chromium"], "chromium");
/** Pairs of serial lines. */
export const socat = debian("socat", ["socat"], "socat");
/** Certificates, and signatures that an auditor can check. */
export const openssl = debian("openssl", ["openssl"], "openssl");
/** A PKCS#11 token in software, and the tool that speaks to any. */
export const softHsm = debian(
  "SoftHSM with pkcs11-tool",
  ["pkcs11-tool", "softhsm2-util"],
  "softhsm2 opensc",
);
export const mosquitto = debian("Mosquitto", ["mosquitto", "mosquitto_sub"], "mosquitto mosquitto-clients");
export const influxd = debian("InfluxDB", ["influxd"], "influxdb");
export const dockerCompose = debian("docker-compose", ["docker-compose"], "docker-compose");
/** Limits of a process that runs. */
export const prlimit = debian("prlimit", ["prlimit"], "util-linux");
/** The voice of services, and the judge of their units. */
export const systemd = debian("systemd", ["systemd-notify", "systemd-analyze"], "systemd");

/** Reads archives that we write. */
export const unzip = debian("Info-ZIP's unzip", ["unzip"], "unzip");

/** Foundry's anvil: the second EVM, and a chain that survives a kill. */
export const anvil: RealComponent = { name: "anvil", path: anvilPath(), install: "npm ci on Linux x64" };

const ALL = [
  chromium,
  socat,
  openssl,
  softHsm,
  mosquitto,
  influxd,
  dockerCompose,
  prlimit,
  systemd,
  unzip,
  anvil,
];

/** What tests had to do without; `.ci/run` sets POND_REQUIRE_REAL, and then there is no doing without. */
export function missingRealComponents(): RealComponent[] {
  return ALL.filter(({ path }) => path === undefined);
}

/**
 * True when tests of a component have to be skipped.
 * @throws Error where every component is required
 */
export function isMissing(component: RealComponent): boolean {
  if (component.path !== undefined) return false;
  if (process.env.POND_REQUIRE_REAL === "1")
    throw new Error(`${component.name} is required: ${component.install}`);
  return true;
}

function anvilPath(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve("@foundry-rs/anvil-linux-amd64/bin/anvil");
  } catch (cause) {
    // An optional dependency: absent on other platforms.
    if ((cause as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw cause;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
