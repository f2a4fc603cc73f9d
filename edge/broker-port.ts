import type { KeyObject } from "node:crypto";

/** What the gateway does with what devices say; a returned promise holds up the device that spoke, and nobody else. */
export type BrokerConsumer = {
  reading(device: string, payload: Uint8Array): Promise<void>;
  info(device: string, payload: Uint8Array): void;
  event(device: string, payload: Uint8Array): void;
  /** The device listens to its acknowledgements from now on. */
  listening(device: string): void;
  /** A device that is not paired presents itself; `hasSigned` tells whether a key has signed the session. */
  presenting(device: string, info: Uint8Array, hasSigned: (key: KeyObject) => Promise<boolean>): void;
  /** A Home Assistant has come back, and knows of no probe. */
  homeAssistantIsBack(): void;
};

/** What was refused, and how often. */
export type BrokerRefusals = {
  /** A TLS handshake that failed: no certificate, or none of the site's authority. */
  handshake: number;
  /** A certificate of the authority for another name or site. */
  wrongCertificate: number;
  unknownDevice: number;
  badPassword: number;
  will: number;
  publish: number;
  subscribe: number;
  overlongPacket: number;
  /** A client that did not read what was sent to it. */
  slowReader: number;
  tooManyConnections: number;
  brokenConnection: number;
};

export type BrokerStats = {
  connections: number;
  /** False while an outside broker is away. */
  connected: boolean;
  throttled: number;
  refused: BrokerRefusals;
};

export type BrokerMessage = { topic: string; payload: Uint8Array; qos: 0 | 1; retain: boolean };

/** The way to the devices: a broker of our own, or one beside us. */
export type Broker = {
  /** Where the embedded broker listens; 0 for an outside one. */
  readonly port: number;
  publish(message: BrokerMessage): void;
  isConnected(device: string): boolean;
  /** The device has been approved: what it says counts from now on. */
  promote(device: string): void;
  /** Closes the sessions of a device that was refused. */
  dismiss(device: string): void;
  stats(): BrokerStats;
  stop(): Promise<void>;
};

export function noRefusals(): BrokerRefusals {
  return {
    handshake: 0,
    wrongCertificate: 0,
    unknownDevice: 0,
    badPassword: 0,
    will: 0,
    publish: 0,
    subscribe: 0,
    overlongPacket: 0,
    slowReader: 0,
    tooManyConnections: 0,
    brokenConnection: 0,
  };
}
