import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeCertificate } from "../../../tooling/certificate-authority.ts";
import { runPki } from "../../../tooling/pki.ts";

const DAY_MS = 86_400_000;
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "pondproof-pki-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const pki = (line: string, nowMs = Date.now()) => runPki([...line.split(" "), "--dir", dir], nowMs);
const text = (file: string) => readFileSync(join(dir, file), "utf8");
const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, encoding: "utf8" });

async function makeSite() {
  await pki("init --site huzhou");
  await pki("broker --host gateway.local --host 192.168.1.10");
  await pki("client --name 00112233aabbccdd");
  await pki("client --name observer --label kitchen");
}

test("a site's certificates are what OpenSSL takes them for", async () => {
  await makeSite();
  for (const [file, purpose] of [
    ["broker.crt", "sslserver"],
    ["00112233aabbccdd.crt", "sslclient"],
    ["observer-kitchen.crt", "sslclient"],
  ] as const)
    expect(openssl("verify", "-CAfile", "ca.crt", "-purpose", purpose, file)).toContain("OK");
  expect(() =>
    openssl("verify", "-CAfile", "ca.crt", "-purpose", "sslserver", "observer-kitchen.crt"),
  ).toThrow();
  const broker = openssl("x509", "-in", "broker.crt", "-noout", "-text");
  expect(broker).toContain("DNS:gateway.local, IP Address:192.168.1.10");
  const subject = openssl("x509", "-in", "observer-kitchen.crt", "-noout", "-subject", "-nameopt", "RFC2253");
  expect(subject.trim()).toBe("subject=OU=kitchen,CN=observer,O=huzhou");
});

test("every file is its owner's alone", async () => {
  await makeSite();
  const files = readdirSync(dir);
  expect(files).toHaveLength(9);
  for (const file of files) expect(statSync(join(dir, file)).mode & 0o777, file).toBe(0o600);
});

test("nothing that is there is replaced", async () => {
  await makeSite();
  const before = readdirSync(dir).map(text);
  for (const line of [
    "init --site other",
    "broker --host elsewhere",
    "client --name 00112233aabbccdd",
    "client --name observer --label kitchen",
  ])
    await expect(pki(line), line).rejects.toThrow("INVALID_ARGUMENT");
  expect(readdirSync(dir).map(text)).toEqual(before);
});

test("a renewal lasts longer over the same key, keeps the old certificate, and says so", async () => {
  await makeSite();
  const [key, old] = [text("broker.key"), text("broker.crt")];
  const said = await pki("renew --name broker", Date.now() + 700 * DAY_MS);
  expect(said).toContain("broker.crt.old");
  expect([text("broker.key"), text("broker.crt.old")]).toEqual([key, old]);
  expect(describeCertificate(text("broker.crt")).notAfterMs).toBeGreaterThan(
    describeCertificate(old).notAfterMs + 699 * DAY_MS,
  );
  expect(openssl("x509", "-in", "broker.crt", "-noout", "-text")).toContain("IP Address:192.168.1.10");
  const publicKey = (file: string) => openssl("x509", "-in", file, "-noout", "-pubkey");
  expect(publicKey("broker.crt")).toBe(publicKey("broker.crt.old"));
});

test("a revoked certificate and the one before it are on the authority's list, and others are not", async () => {
  await makeSite();
  await pki("renew --name observer-kitchen");
  const check = (file: string) =>
    openssl("verify", "-crl_check", "-CAfile", "ca.crt", "-CRLfile", "ca.crl", file);
  expect(check("observer-kitchen.crt")).toContain("OK");
  expect(await pki("revoke --name observer-kitchen")).toContain("ca.crl");
  await pki("revoke --name broker");
  for (const file of ["observer-kitchen.crt.revoked", "observer-kitchen.crt.old", "broker.crt.revoked"])
    expect(() => check(file), file).toThrow(/revoked/);
  expect(check("00112233aabbccdd.crt")).toContain("OK");
  expect(await pki("client --name observer --label kitchen")).toContain("observer-kitchen.crt");
  expect(check("observer-kitchen.crt")).toContain("OK");
});

test("the list says what there is and how long it lasts", async () => {
  await makeSite();
  const lines = (await pki("list")).trim().split("\n");
  expect(lines.map((line) => line.split("  ").slice(0, 3).join(" "))).toEqual([
    "00112233aabbccdd.crt huzhou 00112233aabbccdd",
    "broker.crt huzhou gateway.local",
    "ca.crt huzhou Pondproof site authority",
    "observer-kitchen.crt huzhou observer",
  ]);
});

test.each([
  "init --site Bad_Site",
  "init",
  "broker",
  "client --name ../ca",
  "client --name probe",
  "client --name observer --label ../x",
  "renew --name ca",
  "renew --name nobody",
  "revoke --name ca",
  "revoke --name nobody",
  "broker --host h --days 0",
  "explode",
])("what makes no sense is refused: %s", async (line) => {
  await pki("init --site huzhou");
  await expect(pki(line)).rejects.toThrow("INVALID_ARGUMENT");
});

test("help names every command", async () => {
  const help = await runPki(["--help"], 0);
  for (const command of ["init", "broker", "client", "renew", "revoke", "list"])
    expect(help).toContain(`  ${command}`);
});
