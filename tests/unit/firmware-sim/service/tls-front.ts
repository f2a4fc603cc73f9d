import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";

/** A site's certificates, as PEM files in a folder. */
export type Certificates = { caFile: string; certificateFile: string; keyFile: string };

/** Lets openssl make an authority, a server's certificate and a client's. */
export function makeCertificates(folder: string): { client: Certificates; server: Certificates } {
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    "-subj",
    "/CN=site",
    "-days",
    "2",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
  );
  writeFileSync(at("names"), "subjectAltName=IP:127.0.0.1\n");
  for (const name of ["server", "client"]) {
    openssl(
      "req",
      ...newKey,
      "-subj",
      `/CN=${name}`,
      "-keyout",
      at(`${name}.key`),
      "-out",
      at(`${name}.csr`),
    );
    const signing = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2"];
    openssl(
      "x509",
      "-req",
      "-in",
      at(`${name}.csr`),
      ...signing,
      "-extfile",
      at("names"),
      "-out",
      at(`${name}.pem`),
    );
  }
  const files = (name: string) => ({
    caFile: at("ca.pem"),
    certificateFile: at(`${name}.pem`),
    keyFile: at(`${name}.key`),
  });
  return { client: files("client"), server: files("server") };
}

/** A server that takes only clients with a certificate of the site, and passes their bytes on to a port. */
export async function startTlsFront(
  { caFile, certificateFile, keyFile }: Certificates,
  targetPort: number,
): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer(
    {
      ca: readFileSync(caFile),
      cert: readFileSync(certificateFile),
      key: readFileSync(keyFile),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (client) => {
      const inner = connect(targetPort, "127.0.0.1");
      for (const [from, to] of [
        [client, inner],
        [inner, client],
      ] as const) {
        sockets.add(from);
        from.on("error", () => to.destroy());
        from.pipe(to);
      }
    },
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
