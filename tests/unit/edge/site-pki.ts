import { type Credential, createAuthority, issue, revoke } from "../../../tooling/certificate-authority.ts";

/** A site's certificates, in memory. */
export type SitePki = {
  ca: string;
  broker: { ca: string; cert: string; key: string };
  /** What a client needs to connect: its certificate, and the authority that it believes. */
  client(name: string, label?: string): Promise<{ ca: string; cert: string; key: string }>;
  /** The list on which these certificates are; none of them at first. */
  crl(certificates?: readonly string[]): Promise<string>;
};

export async function createSitePki(site: string): Promise<SitePki> {
  const nowMs = Date.now();
  const authority = await createAuthority({ site, nowMs, days: 1 });
  const ca = authority.certificate;
  const withCa = ({ key, certificate }: Credential) => ({ ca, cert: certificate, key });
  const subject = { role: "broker", hosts: ["localhost", "127.0.0.1"] } as const;
  return {
    ca,
    broker: withCa(await issue({ authority, subject, nowMs, days: 1 })),
    crl: (certificates = []) => revoke({ authority, certificates, nowMs }),
    client: async (name, label) =>
      withCa(
        await issue({
          authority,
          subject: { role: "client", name, ...(label === undefined ? {} : { label }) },
          nowMs,
          days: 1,
        }),
      ),
  };
}
