/** Factors and offsets to our unit, for each unit that a provider may name: `value × factor + offset`. */
export type UnitTable = Readonly<Record<string, { factor: number; offset?: number }>>;

export const TEMPERATURE_UNITS: UnitTable = {
  "°C": { factor: 1 },
  "°F": { factor: 5 / 9, offset: -160 / 9 },
};

export const SPEED_UNITS: UnitTable = {
  "m/s": { factor: 1 },
  "km/h": { factor: 1 / 3.6 },
  "mp/h": { factor: 0.44704 },
  kn: { factor: 1852 / 3600 },
};

export const RAIN_UNITS: UnitTable = { mm: { factor: 1 }, inch: { factor: 25.4 } };

export const PRESSURE_UNITS: UnitTable = { hPa: { factor: 1 } };

/** Price units of Chinese markets, to a kilogram; 斤 is half of one. */
export const PRICE_UNITS: UnitTable = {
  斤: { factor: 2 },
  公斤: { factor: 1 },
  kg: { factor: 1 },
  千克: { factor: 1 },
};

/** A value in our unit, to a thousandth; undefined where the unit is not one that we know. */
export function convert(value: number, unit: string, table: UnitTable): number | undefined {
  const known = Object.hasOwn(table, unit) ? table[unit] : undefined;
  return known === undefined
    ? undefined
    : Math.round((value * known.factor + (known.offset ?? 0)) * 1000) / 1000;
}
