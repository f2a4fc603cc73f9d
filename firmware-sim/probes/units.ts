import type { MetricName } from "../../protocol/record.ts";
import { unionisedAmmoniaPart } from "../../science/ammonia.ts";
import { oxygenSaturationMgPerL } from "../../science/oxygen-saturation.ts";

/** What else the same instrument has measured; some conversions cannot do without. */
export type Beside = { temperatureC: number | undefined; ph: number | undefined; pressureAtm?: number };

type Conversion = (value: number, beside: Beside) => number | undefined;

const times =
  (factor: number): Conversion =>
  (value) =>
    value * factor;

/** Molar masses in g/mol: O2; N in NH4. */
const OXYGEN = 31.998;
const NITROGEN_IN_AMMONIUM = 14.007 / 18.039;

const ofSaturation =
  (whole: number): Conversion =>
  (value, { temperatureC, pressureAtm = 1 }) =>
    temperatureC === undefined
      ? undefined
      : (value / whole) * oxygenSaturationMgPerL({ temperatureC, pressureAtm });

/** An ion-selective electrode sees ammonium alone; at the water's pH a part of the total is ammonia. */
const totalFromAmmonium: Conversion = (nitrogen, { temperatureC, ph }) =>
  temperatureC === undefined || ph === undefined
    ? undefined
    : nitrogen / (1 - unionisedAmmoniaPart({ temperatureC, ph }));

/** The units that instruments use, by metric, each as a conversion to the unit of the record's slot. */
export const UNITS: Readonly<Record<MetricName, Readonly<Record<string, Conversion>>>> = {
  oxygen: {
    "mg/L": times(1),
    "µmol/L": times(OXYGEN / 1_000),
    "%": ofSaturation(100),
    fraction: ofSaturation(1),
  },
  temperature: {
    "°C": times(1),
    "°F": (value) => ((value - 32) * 5) / 9,
    K: (value) => value - 273.15,
  },
  ph: { pH: times(1) },
  conductivity: { "mS/cm": times(1), "µS/cm": times(0.001), "S/m": times(10) },
  turbidity: { NTU: times(1), FNU: times(1) },
  ammonia: {
    "mg/L TAN": times(1),
    "mg/L NH4-N": totalFromAmmonium,
    "mg/L NH4": (value, beside) => totalFromAmmonium(value * NITROGEN_IN_AMMONIUM, beside),
  },
  current: { A: times(1), mA: times(0.001) },
  feed: { kg: times(1), g: times(0.001) },
};
