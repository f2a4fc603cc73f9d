import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import type { Clock } from "../protocol/clock.ts";
import type { Peer } from "./authenticate.ts";
import { type ConnectionEvents, type ConnectionLimits, guardConnection } from "./connection.ts";

/** PEM: the authority whose clients are let in, its list of those that are not any more, and the server's own. */
export type TlsCredentials = { ca: string; crl?: string; cert: string; key: string };

/** A TCP server whose connections are guarded, and counted. */
export type GuardedServer = {
  readonly port: number;
  /** Takes no more connections; resolves when the last one is gone. */
  close(): Promise<void>;
  destroyAll(): void;
};

export type GuardedServerOptions = {
  host: string;
  /** 0 for any that is free. */
  port: number;
  /** With it, a client without a certificate of that authority is turned away. */
  tls?: TlsCredentials;
  limits: ConnectionLimits & { maxConnections: number; connectTimeoutMs: number };
  clock: Clock;
  onConnection: (connection: Duplex, peer: Peer | undefined) => void;
  events: ConnectionEvents & { onHandshakeFailed(): void };
  /** A connection beyond the limit was closed unheard. */
  onDropped: () => void;
};

/** Listens, and hands on every connection behind `guardConnection`. */
export function listenGuarded(options: GuardedServerOptions): Promise<GuardedServer> {
  const { host, port, limits, onDropped } = options;
  const sockets = new Set<Socket>();
  const server = options.tls === undefined ? plainServer(options) : tlsServer(options, options.tls);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
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

// An acknowledgement is smaller than a segment: Nagle's algorithm would hold it back for tens of milliseconds.
const noDelay = true;

function plainServer(options: GuardedServerOptions): Server {
  return createServer({ noDelay }, (socket) =>
    options.onConnection(guardConnection({ ...options, socket }), undefined),
  );
}

function tlsServer(options: GuardedServerOptions, tls: TlsCredentials): Server {
  const { limits, onConnection, events } = options;
  const server = createTlsServer(
    {
      ...tls,
      noDelay,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      handshakeTimeout: limits.connectTimeoutMs,
    },
    (socket) => onConnection(guardConnection({ ...options, socket }), peerOf(socket)),
  );
  return server.on("tlsClientError", (_error, socket) => {
    events.onHandshakeFailed();
    socket.destroy();
  });
}

function peerOf(socket: TLSSocket): Peer {
  const { subject } = socket.getPeerCertificate();
  return { site: one(subject.O) ?? "", name: one(subject.CN) ?? "", label: one(subject.OU) };
}

/** A name with two values is none. */
function one(value: string | string[] | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
