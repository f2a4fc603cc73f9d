import { everyDevice, gatewayTopic } from "../protocol/topics.ts";
import { DEVICE_WRITES, HOME_ASSISTANT, OBSERVER_READS } from "./acl.ts";
import { OBSERVER } from "./authenticate.ts";

/**
 * Mosquitto's access rules for a site, the same as the embedded broker's. The user name is the common name of the
 * certificate: a probe's id, `observer` or `gateway`. Mosquitto lets a file be for one site only, which is what a site
 * needs.
 */
export function mosquittoAcl({ site }: { site: string }): string {
  const own = (topic: string) => `pondproof/${site}/%u/${topic}`;
  const lines = [
    "# Written by the gateway's mosquitto command. A probe writes under its own id and reads its own acknowledgements.",
    ...DEVICE_WRITES.map((topic) => `pattern write ${own(topic)}`),
    `pattern read ${own("ack")}`,
    `pattern read ${gatewayTopic(site, "beacon")}`,
    "",
    "user gateway",
    ...DEVICE_WRITES.map((topic) => `topic read ${everyDevice(site, topic)}`),
    `topic write ${everyDevice(site, "ack")}`,
    `topic write ${everyDevice(site, "latest")}`,
    `topic write pondproof/${site}/gateway/#`,
    `topic write ${HOME_ASSISTANT.prefix}/#`,
    `topic read ${HOME_ASSISTANT.status}`,
    "",
    `user ${OBSERVER}`,
    ...OBSERVER_READS.device.map((topic) => `topic read pondproof/${site}/+/${topic}`),
    ...OBSERVER_READS.gateway.map((topic) => `topic read pondproof/${site}/gateway/${topic}`),
    `topic read ${HOME_ASSISTANT.prefix}/#`,
    `topic write ${HOME_ASSISTANT.status}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** Mosquitto's configuration: TLS, a certificate from everybody, and the rules above. */
export function mosquittoConf(options: {
  port: number;
  /** Folder of ca.crt, ca.crl, broker.crt and broker.key, as Mosquitto sees it. */
  pki: string;
  aclFile: string;
  /** Longest packet: 64 frames, the topic, and room to spare. */
  maxPacketBytes: number;
  /** Folder for retained messages; without it they are forgotten at a restart, and said again by the gateway. */
  persistence?: string;
}): string {
  const { port, pki, aclFile, maxPacketBytes, persistence } = options;
  const lines = [
    "# Written by the gateway's mosquitto command.",
    "per_listener_settings false",
    `listener ${port}`,
    `cafile ${pki}/ca.crt`,
    `crlfile ${pki}/ca.crl`,
    `certfile ${pki}/broker.crt`,
    `keyfile ${pki}/broker.key`,
    "tls_version tlsv1.2",
    "require_certificate true",
    "use_identity_as_username true",
    "allow_anonymous false",
    `acl_file ${aclFile}`,
    `max_packet_size ${maxPacketBytes}`,
    `message_size_limit ${maxPacketBytes}`,
    "max_connections 512",
    "max_inflight_messages 100",
    "max_queued_messages 1000",
    "max_keepalive 600",
    ...(persistence === undefined
      ? ["persistence false"]
      : ["persistence true", `persistence_location ${persistence}/`]),
    "log_dest stderr",
    "log_type error",
    "log_type warning",
    "log_type notice",
    "log_type information",
    "connection_messages true",
  ];
  return `${lines.join("\n")}\n`;
}
