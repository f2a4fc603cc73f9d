import { execFileSync, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decodeRlp } from "ethers";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../edge/config.ts";
import { mosquittoAcl, mosquittoConf } from "../../../edge/mosquitto-files.ts";
import { DEFAULT_LIMITS } from "../../../edge/options.ts";
import { openStore } from "../../../edge/store.ts";
import { parseReaderConfig } from "../../../firmware-sim/service/config.ts";
import { parseConfig as parseOracleConfig } from "../../../oracle/config.ts";
import { parseFeedsConfig } from "../../../oracle/feeds/config.ts";
import { parseConfig as parsePortalConfig } from "../../../portal/server/config.ts";
import { createValidator, genesisOf } from "../../../tooling/besu-network.ts";
import { dockerCompose, isMissing, systemd } from "../../real-components.ts";
import { startGateway, TOKEN } from "../edge/harness.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const text = (path: string) => readFileSync(join(root, path), "utf8");

/** What the installer fills in. */
const filled = (config: string) =>
  config.replace("SITE", "huzhou").replace("EARLIEST", "2026-01-01T00:00:00Z");

test("every configuration is one that the part it is for takes", () => {
  const parsers: Record<string, (config: string) => unknown> = {
    "gateway.json": parseConfig,
    "pi-gateway.json": parseConfig,
    "pi-reader.json": parseReaderConfig,
    "oracle.json": parseOracleConfig,
    "feeds.json": parseFeedsConfig,
    "portal.json": parsePortalConfig,
  };
  const files = globSync("deploy/config/*", { cwd: root });
  expect(files.map((file) => basename(file)).sort()).toEqual(Object.keys(parsers).sort());
  for (const file of files)
    expect(parsers[basename(file)]!(filled(text(file))), file).toHaveProperty("version");
});

test("the reader finds the gateway of the same Pi, and both keep apart what is theirs", () => {
  const gateway = parseConfig(filled(text("deploy/config/pi-gateway.json")));
  const reader = parseReaderConfig(filled(text("deploy/config/pi-reader.json")));
  expect(reader.site).toBe(gateway.site);
  expect(new URL(reader.gateway.url).port).toBe(String(gateway.broker.port));
  expect([gateway.dataDir, reader.dataDir]).toEqual([
    "/var/lib/pondproof-gateway",
    "/var/lib/pondproof-reader",
  ]);
});

test("documents, units and scripts name no other places than the installer makes", () => {
  const known =
    /^(\/var\/lib\/pondproof-(gateway|reader|\*)|\/etc\/pondproof\/(pki-(gateway|reader|\*)|secrets|(gateway|reader)\.json))(\/|$)/;
  const texts = [
    "docs/probes.md",
    "docs/raspberry-pi.md",
    "deploy/install.sh",
    ...globSync("deploy/{systemd,config}/*", { cwd: root }),
  ];
  const places = texts.flatMap(
    (file) => text(file).match(/\/(?:etc|var\/lib)\/pondproof[\w.*/-]*[\w*]/g) ?? [],
  );
  expect(places.length).toBeGreaterThan(20);
  expect(places.filter((place) => place !== "/etc/pondproof" && !known.test(place))).toEqual([]);
});

test("Mosquitto's files are the ones that the gateway writes", () => {
  expect(text("deploy/mosquitto/acl")).toBe(mosquittoAcl({ site: "huzhou" }));
  expect(text("deploy/mosquitto/mosquitto.conf")).toBe(
    mosquittoConf({
      port: 8883,
      pki: "/etc/mosquitto/pki",
      aclFile: "/etc/mosquitto/acl",
      maxPacketBytes: DEFAULT_LIMITS.maxPacketBytes,
    }),
  );
});

test("every metric that a dashboard or an alert names is one that the gateway has", async () => {
  await using site = await startGateway();
  const response = await fetch(`http://127.0.0.1:${site.gateway.ports.http}/metrics`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const real = new Set([...(await response.text()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
  const named = ["deploy/grafana/site.json", "deploy/prometheus/alerts.yml"].flatMap((path) =>
    [...text(path).matchAll(/pondproof_gateway_[a-z_]+/g)].map(([name]) => name),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !real.has(name))).toEqual([]);
});

test.skipIf(isMissing(dockerCompose))(
  "docker-compose understands the whole system, and finds every file it names",
  () => {
    const run = spawnSync(dockerCompose.path!, ["-f", join(root, "docker-compose.yml"), "config"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
    for (const service of [
      "mosquitto",
      "influxdb",
      "gateway",
      "oracle",
      "portal",
      "besu1",
      "besu2",
      "besu3",
      "besu4",
    ])
      expect(run.stdout).toContain(`  ${service}:`);
    const programs = [
      ...text("docker-compose.yml").matchAll(/"node", "(\S+\.ts)", "--config", "\/config\/(\S+)"/g),
    ];
    expect(programs.length).toBeGreaterThan(1);
    for (const [, program, config] of programs)
      for (const path of [program!, `deploy/config/${config}`])
        expect(existsSync(join(root, path)), path).toBe(true);
  },
);

describe.skipIf(isMissing(systemd))("the units", () => {
  test.each(globSync("deploy/systemd/*.service", { cwd: root }))("of %s are well formed", (unit) => {
    const { stderr } = spawnSync("systemd-analyze", ["verify", join(root, unit)], { encoding: "utf8" });
    // What they start is installed on the Pi, not here.
    const complaints = stderr
      .split("\n")
      .filter((line) => line !== "" && !line.includes("is not executable"));
    expect(complaints).toEqual([]);
  });

  test.each(["gateway", "reader"])("keep the %s in a narrow room", (part) => {
    const unit = join(root, `deploy/systemd/pondproof-${part}.service`);
    const said = execFileSync("systemd-analyze", ["security", "--offline=true", unit], { encoding: "utf8" });
    const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(said)!;
    expect(Number(exposure)).toBeLessThan(2);
  });
});

test("the scripts are executable, and their shell reads them", () => {
  for (const script of ["deploy/install.sh", "deploy/backup.sh"]) {
    accessSync(join(root, script), constants.X_OK);
    expect(spawnSync("sh", ["-n", join(root, script)]).status).toBe(0);
  }
  const refused = spawnSync("sh", [join(root, "deploy/install.sh"), "--site", "Not A Site"], {
    encoding: "utf8",
  });
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("--site needs a name");
});

test("the backup script copies every part's database, checks the copies, and keeps seven", () => {
  const folder = mkdtempSync(join(tmpdir(), "pondproof-backup-"));
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    PONDPROOF_DATA: join(folder, "lib"),
  };
  for (const path of ["lib/pondproof-gateway", "lib/pondproof-reader", "copies"])
    execFileSync("mkdir", ["-p", join(folder, path)]);
  for (const path of ["lib/pondproof-gateway/gateway.db", "lib/pondproof-reader/outbox.db"])
    openStore({ path: join(folder, path) }).close();
  for (let day = 10; day < 18; day++)
    execFileSync("touch", [join(folder, `copies/pondproof-gateway-gateway-202601${day}T000000Z.db`)]);
  execFileSync(join(root, "deploy/backup.sh"), [join(folder, "copies")], { env });
  const copies = globSync("copies/*.db", { cwd: folder }).sort();
  expect(copies.filter((copy) => copy.includes("outbox"))).toHaveLength(1);
  const kept = copies.filter((copy) => copy.includes("gateway-gateway"));
  expect(kept).toHaveLength(7);
  expect(kept[0]).toContain("20260112");
  const store = openStore({ path: join(folder, kept.at(-1)!) });
  expect(store.audit.after(0, 1)).toEqual([]);
  store.close();
  rmSync(folder, { recursive: true });
});

test("the ledger's first block names four validators in ascending order, with the P-256 precompile's rules", () => {
  const validators = [1, 2, 3, 4].map((n) => createValidator(n, `0x${String(n).repeat(64)}`));
  const genesis = genesisOf({ chainId: 6277, validators, funded: [validators[0]!.address] });
  const [vanity, addresses, votes, round, seals] = decodeRlp(genesis.extraData) as [
    string,
    string[],
    string[],
    string,
    string[],
  ];
  expect([vanity, votes, round, seals]).toEqual([`0x${"00".repeat(32)}`, [], "0x", []]);
  expect(addresses).toEqual(validators.map(({ address }) => address.toLowerCase()).sort());
  expect(genesis.config).toMatchObject({ osakaTime: 0, zeroBaseFee: true });
  for (const { enode } of validators)
    expect(enode).toMatch(/^enode:\/\/[0-9a-f]{128}@172\.28\.5\.1[1-4]:30303$/);
});
