// `npm run pki`: the certificates of a site. Run it on a machine that is not the gateway, and keep the authority's key
// off the pond.
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { PondproofError } from "../protocol/errors.ts";
import {
  createAuthority,
  describeCertificate,
  issue,
  revoke as revocationList,
  type Subject,
  subjectOf,
} from "./certificate-authority.ts";

const HELP = `Usage: npm run pki -- COMMAND [options]

Makes the certificates with which a site's broker and its clients know each other. Every file is written with mode
0600; a file that is there already is never replaced, except by "renew" and "revoke", which say so.

  init     --site SITE [--days 3650]             the site's authority: ca.key, ca.crt, and ca.crl, its list
                                                 of revoked certificates
  broker   --host NAME [--host NAME…]            the broker's certificate: broker.key, broker.crt
  client   --name NAME [--label TEXT]            a client's certificate: NAME.key, NAME.crt
           NAME is a probe's id (16 hex digits), "gateway" (towards an outside broker), or "observer", who may only
           read the latest values; --label tells observers apart and names the files observer-LABEL
  renew    --name NAME                           a certificate with a later end over the same key; the old one is kept
                                                 as NAME.crt.old
  revoke   --name NAME                           lets a client in no more: ca.crl, which the broker reads at its start;
                                                 its files become NAME.key.revoked and NAME.crt.revoked
  list                                           what there is, and how many days it lasts

  --dir DIR      folder of the files (default: pki)
  --days DAYS    how long a certificate lasts (default: 825)
  --help         prints this
`;

const DAY_MS = 86_400_000;
const SITE = /^[a-z0-9-]{1,32}$/;
const CLIENT = /^([0-9a-f]{16}|observer|gateway)$/;
const LABEL = /^[a-z0-9-]{1,32}$/;

type Options = {
  dir: string;
  site?: string;
  host?: string[];
  name?: string;
  label?: string;
  days?: string;
};

/** Runs one command and returns what to print. */
export async function runPki(args: string[], nowMs: number): Promise<string> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      dir: { type: "string", default: "pki" },
      site: { type: "string" },
      host: { type: "string", multiple: true },
      name: { type: "string" },
      label: { type: "string" },
      days: { type: "string" },
      help: { type: "boolean" },
    },
  });
  const [command] = positionals;
  if (values.help || command === undefined) return HELP;
  const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command as keyof typeof COMMANDS] : undefined;
  if (run === undefined) throw invalid("command", command, "init, broker, client, renew, revoke or list");
  return run(values, nowMs);
}

const COMMANDS = { init, broker, client, renew, revoke, list };

async function init(options: Options, nowMs: number): Promise<string> {
  const site = matching("--site", options.site, SITE);
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const { key, certificate } = await createAuthority({ site, nowMs, days: daysOf(options, 3_650) });
  const crl = await revocationList({ authority: { key, certificate }, certificates: [], nowMs });
  return write(options.dir, { "ca.key": key, "ca.crt": certificate, "ca.crl": crl });
}

function broker(options: Options, nowMs: number): Promise<string> {
  const hosts = options.host ?? [];
  if (hosts.length === 0) throw invalid("--host", "", "at least one name or address of the broker");
  return issueTo("broker", { role: "broker", hosts }, options, nowMs);
}

function client(options: Options, nowMs: number): Promise<string> {
  const name = matching("--name", options.name, CLIENT);
  if (options.label === undefined) return issueTo(name, { role: "client", name }, options, nowMs);
  const label = matching("--label", options.label, LABEL);
  return issueTo(`${name}-${label}`, { role: "client", name, label }, options, nowMs);
}

async function issueTo(file: string, subject: Subject, options: Options, nowMs: number): Promise<string> {
  const authority = readAuthority(options.dir);
  const { key, certificate } = await issue({ authority, subject, nowMs, days: daysOf(options, 825) });
  return write(options.dir, { [`${file}.key`]: key, [`${file}.crt`]: certificate });
}

async function renew(options: Options, nowMs: number): Promise<string> {
  const name = matching("--name", options.name, /^[a-z0-9-]{1,64}$/);
  if (name === "ca")
    throw invalid("--name", name, "a certificate of the authority, not the authority itself");
  const file = (ending: string) => join(options.dir, `${name}.${ending}`);
  const subject = subjectOf(read(file("crt")));
  const authority = readAuthority(options.dir);
  const days = daysOf(options, 825);
  const { certificate } = await issue({ authority, subject, nowMs, days, key: read(file("key")) });
  writeFileSync(file("crt.new"), certificate, { mode: 0o600 });
  renameSync(file("crt"), file("crt.old"));
  renameSync(file("crt.new"), file("crt"));
  return `replaced ${file("crt")}; the old one is ${file("crt.old")}\n`;
}

async function revoke(options: Options, nowMs: number): Promise<string> {
  const { dir } = options;
  const name = matching("--name", options.name, /^[a-z0-9-]{1,64}$/);
  if (name === "ca")
    throw invalid("--name", name, "a certificate of the authority, not the authority itself");
  const [key, crt, old] = ["key", "crt", "crt.old"].map((ending) => join(dir, `${name}.${ending}`));
  const crl = join(dir, "ca.crl");
  const certificates = [read(crt!), ...(existsSync(old!) ? [read(old!)] : [])];
  const authority = readAuthority(dir);
  const list = await revocationList({ authority, certificates, before: read(crl), nowMs });
  writeFileSync(`${crl}.new`, list, { mode: 0o600 });
  renameSync(`${crl}.new`, crl);
  // Last, so that a command that was interrupted can be given again.
  for (const file of [key!, crt!]) renameSync(file, `${file}.revoked`);
  return `wrote ${crl}: give it to the broker and start it again; the files of ${name} end in .revoked now\n`;
}

async function list({ dir }: Options, nowMs: number): Promise<string> {
  const lines = readdirSync(dir)
    .filter((file) => file.endsWith(".crt"))
    .sort()
    .map((file) => {
      const { site, name, notAfterMs } = describeCertificate(read(join(dir, file)));
      return `${file}  ${site}  ${name}  ${Math.floor((notAfterMs - nowMs) / DAY_MS)} days\n`;
    });
  return lines.length === 0 ? `no certificate in ${dir}\n` : lines.join("");
}

function readAuthority(dir: string) {
  return { key: read(join(dir, "ca.key")), certificate: read(join(dir, "ca.crt")) };
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new PondproofError("INVALID_ARGUMENT", { path, problem: (cause as Error).message }, { cause });
  }
}

/** Writes files that are not there yet; when one is, none of them is touched. */
function write(dir: string, files: Record<string, string>): string {
  const written: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const path = join(dir, name);
    try {
      writeFileSync(path, text, { mode: 0o600, flag: "wx" });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
      throw invalid("file", path, "a name that is free: move the file away, or use renew");
    }
    written.push(`wrote ${path}\n`);
  }
  return written.join("");
}

function daysOf({ days }: Options, otherwise: number): number {
  if (days === undefined) return otherwise;
  if (!/^[1-9]\d{0,4}$/.test(days)) throw invalid("--days", days, "a whole number of days");
  return Number(days);
}

function matching(option: string, value: string | undefined, form: RegExp): string {
  if (value === undefined || !form.test(value)) throw invalid(option, value ?? "", form.source);
  return value;
}

function invalid(option: string, value: string, wanted: string): PondproofError {
  return new PondproofError("INVALID_ARGUMENT", { option, value, wanted });
}

if (import.meta.main) {
  try {
    process.stdout.write(await runPki(process.argv.slice(2), Date.now()));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
