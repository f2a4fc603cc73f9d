import type { Duplex } from "node:stream";
import type { Principal } from "./acl.ts";

/** What the broker calls a client. */
export type SessionClient = { readonly id: string; readonly conn: Duplex };

/** Who is behind a client, and who is there. */
export type Sessions<Client extends SessionClient> = {
  add(client: Client, principal: Principal): void;
  /** Whom a client has proven to be, even after it has left: its will is published then. */
  principalOf(client: SessionClient): Principal | undefined;
  /** Sessions of a device, approved or not, or of an observer. */
  count(principal: Principal): number;
  isConnected(device: string): boolean;
  candidates(): number;
  /** Clients that have come under a device's id. */
  clientsOf(device: string): Client[];
  /** From now on the candidates of that id are the device. */
  promote(device: string): void;
  total(): number;
};

export function createSessions<Client extends SessionClient>(): Sessions<Client> {
  const principals = new WeakMap<SessionClient, Principal>();
  const present = new Map<string, Set<Client>>();
  let total = 0;
  const clientsOf = (name: string) => [...(present.get(name) ?? [])];
  const isA = (role: Principal["role"]) => (client: Client) => principals.get(client)?.role === role;
  return {
    add(client, principal) {
      principals.set(client, principal);
      // Whoever has left meanwhile is not counted, for nothing would take him out again.
      if (client.conn.destroyed) return;
      const name = nameOf(principal);
      const clients = present.get(name) ?? new Set();
      present.set(name, clients.add(client));
      total++;
      client.conn.once("close", () => {
        clients.delete(client);
        if (clients.size === 0) present.delete(name);
        total--;
      });
    },
    principalOf: (client) => principals.get(client),
    count: (principal) => present.get(nameOf(principal))?.size ?? 0,
    isConnected: (device) => clientsOf(device).some(isA("device")),
    candidates: () =>
      [...present.values()].flatMap((clients) => [...clients]).filter(isA("candidate")).length,
    clientsOf,
    promote(device) {
      for (const client of clientsOf(device).filter(isA("candidate"))) {
        const { site } = principals.get(client)!;
        principals.set(client, { role: "device", site, device });
      }
    },
    total: () => total,
  };
}

function nameOf(principal: Principal): string {
  switch (principal.role) {
    case "device":
    case "candidate":
      return principal.device;
    case "observer":
      // No device is called so: an id has no colon.
      return `observer:${principal.name}`;
  }
}
