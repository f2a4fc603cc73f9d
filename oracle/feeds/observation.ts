/** Weather of one hour at a place; null where the provider has nothing (yet). */
export type WeatherHour = {
  timeMs: number;
  airTemperatureC: number | null;
  /** In the hour before. */
  rainMm: number | null;
  windMPerS: number | null;
  pressureHPa: number | null;
};

/** A market's price of one variety on one day; prices in fen a kilogram. */
export type FishPrice = {
  /** Midnight in China of the day it was published for. */
  timeMs: number;
  variety: string;
  market: string;
  lowFenPerKg: number;
  averageFenPerKg: number;
  highFenPerKg: number;
};

/** What a provider's answer holds, in our units and in order of time, or what is wrong with it. */
export type Parsed<Observation> = { ok: true; observations: Observation[] } | { ok: false; problem: string };

export function wrong(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}

/** An object's field, or undefined where there is none. */
export function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
