import { METRICS } from "../protocol/record.ts";
import { deviceTopic } from "../protocol/topics.ts";
import { HOME_ASSISTANT } from "./acl.ts";

/** A sensor that Home Assistant sets up by itself. */
export type Discovery = { topic: string; message: Record<string, unknown> };

/** How Home Assistant calls the metrics it has a kind for. */
const DEVICE_CLASS: Record<string, string> = {
  temperature: "temperature",
  ph: "ph",
  conductivity: "conductivity",
  current: "current",
};
/** Intervals after which a value is no longer shown, as for staleness. */
const EXPIRE_INTERVALS = 3;

/** The sensor of one metric of a probe, fed by its `latest` topic; unavailable when the probe is offline or silent. */
export function discoveryOf(options: {
  site: string;
  device: string;
  /** The metric's slot. */
  slot: number;
  periodMs: number;
}): Discovery {
  const { site, device, slot, periodMs } = options;
  const { name, unit } = METRICS[slot]!;
  const deviceClass = DEVICE_CLASS[name];
  return {
    topic: `${HOME_ASSISTANT.prefix}/sensor/pondproof-${device}/${name}/config`,
    message: {
      name,
      unique_id: `pondproof-${site}-${device}-${name}`,
      state_topic: deviceTopic(site, device, "latest"),
      value_template: `{{ value_json.values.${name} }}`,
      ...(unit === "" ? {} : { unit_of_measurement: unit }),
      ...(deviceClass === undefined ? {} : { device_class: deviceClass }),
      state_class: "measurement",
      expire_after: Math.ceil((EXPIRE_INTERVALS * periodMs) / 1000),
      availability_topic: deviceTopic(site, device, "state"),
      availability_template: "{{ value_json.state }}",
      device: { identifiers: [`pondproof-${device}`], name: `Probe ${device}`, manufacturer: "Pondproof" },
    },
  };
}
