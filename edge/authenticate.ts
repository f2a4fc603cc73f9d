import { createHash, type KeyObject, timingSafeEqual } from "node:crypto";
import { connectionBytes } from "../protocol/signature.ts";
import type { Principal } from "./acl.ts";
import { verifySignature } from "./verify.ts";

/** A device's id, a dash, and a session of at most 64 characters. */
const MAX_CLIENT_ID = 16 + 1 + 64;
const DEVICE_ID = /^[0-9a-f]{16}$/;
/** User name, and common name of a certificate, of whoever only looks on. */
export const OBSERVER = "observer";

/** What a client says of itself when it connects. */
export type Credentials = {
  username: string | undefined;
  clientId: string;
  password: Uint8Array | undefined;
};

/** Whom the site's authority has certified: `name` is the common name, `label` tells observers apart. */
export type Peer = { site: string; name: string; label: string | undefined };

/** Whether a client may connect, and as whom; or not, and why. */
export type ConnectVerdict =
  | { kind: "accepted"; principal: Principal }
  | { kind: "unknownDevice" }
  | { kind: "badPassword" }
  | { kind: "wrongCertificate" };

/**
 * Judges a connect. A device's user name is its id, its client id is that id and a session, and its password is
 * base64url of its key's signature over both. An observer shows the site's token, or a certificate that says so. Where
 * there are certificates, a device's names its id too. While `isPairing`, a device of an unknown key is let in as a
 * candidate: its signature is checked when it has presented the key.
 */
export async function judgeConnect(options: {
  site: string;
  credentials: Credentials;
  peer: Peer | undefined;
  observerToken: string | undefined;
  isPairing: boolean;
  keyOf: (device: string) => KeyObject | undefined;
}): Promise<ConnectVerdict> {
  const { site, credentials, peer, observerToken, isPairing, keyOf } = options;
  const { username: device, clientId, password } = credentials;
  if (peer !== undefined && peer.site !== site) return { kind: "wrongCertificate" };
  if (peer?.name === OBSERVER)
    return { kind: "accepted", principal: { role: "observer", site, name: peer.label ?? OBSERVER } };
  if (peer !== undefined && peer.name !== device) return { kind: "wrongCertificate" };
  if (device === OBSERVER && observerToken !== undefined) {
    return isSecret(password, observerToken)
      ? { kind: "accepted", principal: { role: "observer", site, name: OBSERVER } }
      : { kind: "badPassword" };
  }
  const key = device === undefined ? undefined : keyOf(device);
  if (device === undefined || (key === undefined && !(isPairing && DEVICE_ID.test(device))))
    return { kind: "unknownDevice" };
  if (!clientId.startsWith(`${device}-`) || clientId.length > MAX_CLIENT_ID) return { kind: "badPassword" };
  if (key === undefined) return { kind: "accepted", principal: { role: "candidate", site, device } };
  return (await hasSignedSession({ site, credentials, key }))
    ? { kind: "accepted", principal: { role: "device", site, device } }
    : { kind: "badPassword" };
}

/** True when the password is the key's signature over the session's name. */
export function hasSignedSession(options: {
  site: string;
  credentials: Credentials;
  key: KeyObject;
}): Promise<boolean> {
  const { site, credentials, key } = options;
  const { clientId, password } = credentials;
  const signature = Buffer.from(Buffer.from(password ?? []).toString("latin1"), "base64url");
  return verifySignature({ key, message: connectionBytes({ site, clientId }), signature });
}

/** Compares digests, so that neither the time nor the length says how much of a secret was right. */
export function isSecret(given: Uint8Array | string | undefined, secret: string): boolean {
  const digest = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(given ?? ""), digest(secret));
}
