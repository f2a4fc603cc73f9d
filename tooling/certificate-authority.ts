import "./metadata-reflection.ts";
import { randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** A key and its certificate, both PEM; the key is PKCS#8. */
export type Credential = { key: string; certificate: string };

/** What a certificate is for; the broker believes its common name and nothing else. */
export type Subject =
  | { role: "broker"; hosts: readonly string[] }
  /** `name` is a device's id of 16 hex digits, `observer` or `gateway`; `label` tells observers apart. */
  | { role: "client"; name: string; label?: string };

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
/** A Pi without a battery clock may live in yesterday when it connects first. */
const BACKDATED_MS = DAY_MS;

x509.cryptoProvider.set(webcrypto as Crypto);

/** A site's own authority: P-256, allowed to sign certificates and nothing beneath them. */
export async function createAuthority(options: {
  site: string;
  nowMs: number;
  days: number;
}): Promise<Credential> {
  const { site, nowMs, days } = options;
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(nowMs, days),
    serialNumber: serialNumber(),
    name: nameOf({ O: site, CN: "Pondproof site authority" }),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await exportKey(keys.privateKey), certificate: pem(certificate) };
}

/** A certificate of the authority for a subject, over `key` where it is renewed, or else over a new one. */
export async function issue(options: {
  authority: Credential;
  subject: Subject;
  nowMs: number;
  days: number;
  key?: string;
}): Promise<Credential> {
  const { authority, subject, nowMs, days } = options;
  const issuer = new x509.X509Certificate(authority.certificate);
  const keys = options.key === undefined ? await generateKeys() : await importKeys(options.key);
  const { privateKey: signingKey } = await importKeys(authority.key);
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(nowMs, days),
    serialNumber: serialNumber(),
    subject: nameOf({ O: siteOf(authority.certificate), ...subjectName(subject) }),
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...purposeOf(subject),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { key: await exportKey(keys.privateKey), certificate: pem(certificate) };
}

/**
 * The authority's list of certificates that are no longer good: those of the list before, and `certificates`. It holds as
 * long as the authority does, for a gateway without its newest list lets nobody in.
 */
export async function revoke(options: {
  authority: Credential;
  certificates: readonly string[];
  before?: string;
  nowMs: number;
}): Promise<string> {
  const { authority, certificates, before, nowMs } = options;
  const issuer = new x509.X509Certificate(authority.certificate);
  const { privateKey: signingKey } = await importKeys(authority.key);
  const revocationDate = new Date(nowMs);
  const known = before === undefined ? [] : new x509.X509Crl(before).entries;
  const added = certificates.map((certificate) => new x509.X509Certificate(certificate).serialNumber);
  const list = await x509.X509CrlGenerator.create({
    issuer: issuer.subject,
    thisUpdate: new Date(nowMs - BACKDATED_MS),
    nextUpdate: issuer.notAfter,
    entries: [
      ...known.map((entry) => ({
        serialNumber: entry.serialNumber,
        revocationDate: entry.revocationDate,
      })),
      ...added.map((serialNumber) => ({ serialNumber, revocationDate })),
    ],
    signingKey,
    signingAlgorithm: ALGORITHM,
    extensions: [await x509.AuthorityKeyIdentifierExtension.create(issuer)],
  });
  return `${x509.PemConverter.encode(list.rawData, "X509 CRL")}\n`;
}

/** What a certificate says of itself. */
export function describeCertificate(certificate: string): { site: string; name: string; notAfterMs: number } {
  const { subjectName: subject, notAfter } = new x509.X509Certificate(certificate);
  return {
    site: subject.getField("O")[0] ?? "",
    name: subject.getField("CN")[0] ?? "",
    notAfterMs: notAfter.getTime(),
  };
}

/** The subject that a certificate was issued for, to issue it again. */
export function subjectOf(certificate: string): Subject {
  const parsed = new x509.X509Certificate(certificate);
  const names = parsed.getExtension(x509.SubjectAlternativeNameExtension)?.names.items;
  if (names !== undefined) return { role: "broker", hosts: names.map(({ value }) => value) };
  const label = parsed.subjectName.getField("OU")[0];
  return {
    role: "client",
    name: describeCertificate(certificate).name,
    ...(label === undefined ? {} : { label }),
  };
}

function siteOf(certificate: string): string {
  return describeCertificate(certificate).site;
}

function subjectName(subject: Subject): Record<string, string> {
  switch (subject.role) {
    case "broker":
      return { CN: subject.hosts[0]! };
    case "client":
      return { CN: subject.name, ...(subject.label === undefined ? {} : { OU: subject.label }) };
  }
}

function purposeOf(subject: Subject): x509.Extension[] {
  switch (subject.role) {
    case "broker": {
      const names = subject.hosts.map((value) => ({ type: isAddress(value) ? "ip" : "dns", value }) as const);
      return [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names),
      ];
    }
    case "client":
      return [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])];
  }
}

function nameOf(fields: Record<string, string>): x509.JsonName {
  return Object.entries(fields).map(([field, value]) => ({ [field]: [value] }));
}

function isAddress(host: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || host.includes(":");
}

function validity(nowMs: number, days: number) {
  return { notBefore: new Date(nowMs - BACKDATED_MS), notAfter: new Date(nowMs + days * DAY_MS) };
}

/** Sixteen bytes, positive: RFC 5280 §4.1.2.2 asks for unique numbers, not for consecutive ones. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString("hex");
}

function generateKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
}

async function importKeys(pemKey: string): Promise<CryptoKeyPair> {
  const pkcs8 = x509.PemConverter.decode(pemKey)[0]!;
  const privateKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, true, ["sign"]);
  const { d: _, key_ops: __, ...jwk } = await webcrypto.subtle.exportKey("jwk", privateKey);
  const publicKey = await webcrypto.subtle.importKey("jwk", jwk, ALGORITHM, true, ["verify"]);
  return { privateKey, publicKey } as CryptoKeyPair;
}

async function exportKey(key: CryptoKey): Promise<string> {
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", key as webcrypto.CryptoKey);
  return `${x509.PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`;
}

function pem(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}
