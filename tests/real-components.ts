import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

/** A program that some tests run for real. */
export type RealComponent = { name: string; path: string | undefined; install: string };

const onPath = (program: string): string | undefined =>
  [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"]
    .map((folder) => join(folder, program))
    .find(isExecutable);

/** Debian's Chromium, for the page tests. */
export const chromium: RealComponent = {
  name: "Chromium",
  path: onPath("chromium"),
  install: "apt-get install chromium",
};

/** Pairs of serial lines. */
export const socat: RealComponent = {
  name: "socat",
  path: onPath("socat"),
  install: "apt-get install socat",
};

/** Certificates, and signatures that an auditor can check. */
export const openssl: RealComponent = {
  name: "openssl",
  path: onPath("openssl"),
  install: "apt-get install openssl",
};

/** A PKCS#11 token in software, and the tool that speaks to any. */
export const softHsm: RealComponent = {
  name: "SoftHSM with pkcs11-tool",
  path: onPath("pkcs11-tool") && onPath("softhsm2-util"),
  install: "apt-get install softhsm2 opensc",
};

/** Limits of a process that runs. */
export const prlimit: RealComponent = {
  name: "prlimit",
  path: onPath("prlimit"),
  install: "apt-get install util-linux",
};

/** The voice of services to systemd. */
export const systemdNotify: RealComponent = {
  name: "systemd-notify",
  path: onPath("systemd-notify"),
  install: "apt-get install systemd",
};

/** Foundry's anvil: the second EVM, and a chain that survives a kill. */
export const anvil: RealComponent = { name: "anvil", path: anvilPath(), install: "npm ci on Linux x64" };

/** Debian's Mosquitto: the broker beside ours. */
export const mosquitto: RealComponent = {
  name: "Mosquitto",
  path: onPath("mosquitto"),
  install: "apt-get install mosquitto",
};

/** What tests had to do without; `.ci/run` sets POND_REQUIRE_REAL, and then there is no doing without. */
export function missingRealComponents(): RealComponent[] {
  return [chromium, socat, openssl, softHsm, prlimit, systemdNotify, anvil].filter(
    ({ path }) => path === undefined,
  );
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
