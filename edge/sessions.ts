import type { Duplex } from "node:stream";

/** What the broker calls a client. */
export type SessionClient = { readonly id: string; readonly conn: Duplex };

/** Which device is behind a client, and which devices are there. */
export type Sessions = {
  add(client: SessionClient, device: string): void;
  /** The device that a client has proven to be, even after it has left: its will is published then. */
  deviceOf(client: SessionClient): string | undefined;
  count(device: string): number;
  total(): number;
};

export function createSessions(): Sessions {
  const identities = new WeakMap<SessionClient, string>();
  const present = new Map<string, Set<SessionClient>>();
  let total = 0;
  return {
    add(client, device) {
      identities.set(client, device);
      // Whoever has left meanwhile is not counted, for nothing would take him out again.
      if (client.conn.destroyed) return;
      const clients = present.get(device) ?? new Set();
      present.set(device, clients.add(client));
      total++;
      client.conn.once("close", () => {
        clients.delete(client);
        total--;
      });
    },
    deviceOf: (client) => identities.get(client),
    count: (device) => present.get(device)?.size ?? 0,
    total: () => total,
  };
}
