import {
  createDecipheriv,
  createECDH,
  createHmac,
  createPublicKey,
  type ECDH,
  hkdfSync,
  randomBytes,
  verify,
} from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { PushMessage } from "../../../../../portal/push.ts";
import { createAuthority, issue } from "../../../../../tooling/certificate-authority.ts";

/** What a push service was handed. */
export type Delivery = {
  path: string;
  message: PushMessage;
  ttl: string;
  urgency: string;
  topic: string;
  contact: string;
};

/** A browser's push service (RFC 8030) with its browsers: believes no signature and decrypts what it carries. */
export type PushServer = AsyncDisposable & {
  ca: string;
  host: string;
  deliveries: Delivery[];
  /** A browser that subscribes. */
  subscribe(name: string): { endpoint: string; keys: { p256dh: string; auth: string } };
  /** What is answered to messages for a browser, instead of 201. */
  answer(name: string, status: number): void;
};

type Browser = { keys: ECDH; auth: Buffer; status: number };

export async function startPushServer(): Promise<PushServer> {
  const nowMs = Date.now();
  const authority = await createAuthority({ site: "push", nowMs, days: 1 });
  const subject = { role: "broker", hosts: ["localhost"] } as const;
  const { key, certificate } = await issue({ authority, subject, nowMs, days: 1 });
  const browsers = new Map<string, Browser>();
  const deliveries: Delivery[] = [];
  const server = createServer({ key, cert: certificate }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const browser = browsers.get(request.url!);
    const header = (name: string) => String(request.headers[name]);
    const contact = contactOf(header("authorization"), `https://localhost:${port}`);
    if (browser === undefined || contact === undefined || header("content-encoding") !== "aes128gcm")
      return response.writeHead(browser === undefined ? 404 : 403).end();
    if (browser.status !== 201) return response.writeHead(browser.status).end();
    const message = JSON.parse(decrypt(Buffer.concat(chunks), browser).toString("utf8")) as PushMessage;
    const [ttl, urgency, topic] = [header("ttl"), header("urgency"), header("topic")];
    deliveries.push({ path: request.url!, message, ttl, urgency, topic, contact });
    return response.writeHead(201).end();
  });
  server.listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    ca: authority.certificate,
    host: `localhost:${port}`,
    deliveries,
    subscribe(name) {
      const keys = createECDH("prime256v1");
      const auth = randomBytes(16);
      browsers.set(`/send/${name}`, { keys, auth, status: 201 });
      return {
        endpoint: `https://localhost:${port}/send/${name}`,
        keys: { p256dh: keys.generateKeys("base64url"), auth: auth.toString("base64url") },
      };
    },
    answer(name, status) {
      browsers.get(`/send/${name}`)!.status = status;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Who sends (RFC 8292): a token for this service that its key signed; `undefined` for anything else. */
function contactOf(authorization: string, audience: string): string | undefined {
  const [, token, key] = /^vapid t=([^,]+), ?k=(.+)$/.exec(authorization) ?? [];
  if (token === undefined || key === undefined) return undefined;
  const [header, claims, signature] = token.split(".") as [string, string, string];
  const point = Buffer.from(key, "base64url");
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString("base64url"));
  const publicKey = createPublicKey({ key: { kty: "EC", crv: "P-256", x: x!, y: y! }, format: "jwk" });
  const signed = verify(
    "sha256",
    Buffer.from(`${header}.${claims}`),
    { key: publicKey, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  const { aud, exp, sub } = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"));
  return signed && aud === audience && exp * 1000 > Date.now() ? sub : undefined;
}

/** What a browser does with a message: RFC 8291 over RFC 8188, one record. */
function decrypt(body: Buffer, { keys, auth }: Browser): Buffer {
  const salt = body.subarray(0, 16);
  const sender = body.subarray(21, 21 + body[20]!);
  const sealed = body.subarray(21 + body[20]!);
  const secret = keys.computeSecret(sender);
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), keys.getPublicKey(), sender]);
  const shared = Buffer.from(hkdfSync("sha256", secret, auth, info, 32));
  const extracted = createHmac("sha256", salt).update(shared).digest();
  const expand = (label: string, bytes: number) =>
    createHmac("sha256", extracted).update(`Content-Encoding: ${label}\0\u0001`).digest().subarray(0, bytes);
  const decipher = createDecipheriv("aes-128-gcm", expand("aes128gcm", 16), expand("nonce", 12));
  decipher.setAuthTag(sealed.subarray(-16));
  const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  return padded.subarray(0, padded.lastIndexOf(2));
}
