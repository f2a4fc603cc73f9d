import type { AdmissionStats } from "./admission.ts";
import type { BrokerStats } from "./broker-port.ts";
import type { DerivedStats } from "./derived.ts";
import type { HearingStats } from "./device-messages.ts";
import type { PairingStats } from "./pairing.ts";
import type { StreamTotals } from "./stream.ts";

/** What the gateway counts: `admission`, `broker` and messages since its start, the rest since the store was made. */
export type GatewayStats = StreamTotals &
  HearingStats & {
    admission: AdmissionStats;
    broker: BrokerStats;
    pairing: PairingStats;
    derived: DerivedStats;
    freeBytes: number;
    clockTrusted: boolean;
  };
