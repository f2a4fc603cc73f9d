import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../protocol/clock.ts";
import { type ConnectionEvents, type ConnectionLimits, guardConnection } from "./connection.ts";

/** A TCP server whose connections are guarded, and counted. */
export type GuardedServer = {
  readonly port: number;
  /** Takes no more connections; resolves when the last one is gone. */
  close(): Promise<void>;
  destroyAll(): void;
};

/** Listens, and hands on every connection behind `guardConnection`. */
export function listenGuarded(options: {
  host: string;
  /** 0 for any that is free. */
  port: number;
  limits: ConnectionLimits & { maxConnections: number };
  clock: Clock;
  onConnection: (connection: Duplex) => void;
  events: ConnectionEvents;
  /** A connection beyond the limit was closed unheard. */
  onDropped: () => void;
}): Promise<GuardedServer> {
  const { host, port, limits, onConnection, onDropped } = options;
  const sockets = new Set<Socket>();
  // An acknowledgement is smaller than a segment: Nagle's algorithm would hold it back for tens of milliseconds.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    onConnection(guardConnection({ ...options, socket }));
  });
  server.maxConnections = limits.maxConnections;
  server.on("drop", onDropped);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => new Promise((closed) => server.close(() => closed())),
        destroyAll() {
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}
