import type { KeyObject } from "node:crypto";
import { connectionBytes } from "../protocol/signature.ts";
import { verifySignature } from "./verify.ts";

/** A device's id, a dash, and a session of at most 64 characters. */
const MAX_CLIENT_ID = 16 + 1 + 64;

/** What a client says of itself when it connects. */
export type Credentials = {
  username: string | undefined;
  clientId: string;
  password: Uint8Array | undefined;
};

/** Whether a client may connect: as the device `device`, or not, and why. */
export type ConnectVerdict =
  | { kind: "accepted"; device: string }
  | { kind: "unknownDevice" }
  | { kind: "badPassword" };

/**
 * Judges a connect: the user name is the id of a paired device, the client id is that id and
 * a session, and the password is base64url of the key's signature over both.
 */
export async function judgeConnect(options: {
  site: string;
  credentials: Credentials;
  keyOf: (device: string) => KeyObject | undefined;
}): Promise<ConnectVerdict> {
  const { site, credentials, keyOf } = options;
  const { username: device, clientId, password } = credentials;
  const key = device === undefined ? undefined : keyOf(device);
  if (device === undefined || key === undefined) return { kind: "unknownDevice" };
  if (!clientId.startsWith(`${device}-`) || clientId.length > MAX_CLIENT_ID) return { kind: "badPassword" };
  const signature = Buffer.from(Buffer.from(password ?? []).toString("latin1"), "base64url");
  const valid = await verifySignature({ key, message: connectionBytes({ site, clientId }), signature });
  return valid ? { kind: "accepted", device } : { kind: "badPassword" };
}
