import { PondproofError } from "../../protocol/errors.ts";
import type { PondRisk } from "./risk-score.ts";

const BACKUP = ["none", "manual", "automatic"] as const;

/**
 * A pond as an underwriter describes it, from JSON.
 * @throws INVALID_ARGUMENT naming every mistake at once
 */
export function readPond(json: unknown): PondRisk & { areaMu: number } {
  const mistakes: string[] = [];
  const object = (value: unknown): Record<string, unknown> =>
    typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const number = (value: unknown, path: string, most: number, whole = false): number => {
    if (typeof value === "number" && value >= 0 && value <= most && (!whole || Number.isInteger(value)))
      return value;
    mistakes.push(`${path} is not a ${whole ? "whole " : ""}number from 0 to ${most}`);
    return 0;
  };
  const root = object(json);
  const [probe, farmer] = [object(root.probe), object(root.farmer)];
  const backupPower = BACKUP.find((kind) => kind === root.backupPower);
  if (backupPower === undefined) mistakes.push(`backupPower is none of ${BACKUP.join(", ")}`);
  const pond = {
    areaMu: number(root.areaMu, "areaMu", 100_000, true),
    stockKgPerMu: number(root.stockKgPerMu, "stockKgPerMu", 100_000),
    aerationKwPerMu: number(root.aerationKwPerMu, "aerationKwPerMu", 100),
    backupPower: backupPower ?? "none",
    probe: {
      goodReadingsPercent: number(probe.goodReadingsPercent, "probe.goodReadingsPercent", 100),
      daysSinceCalibration: number(probe.daysSinceCalibration, "probe.daysSinceCalibration", 10_000),
    },
    farmer: {
      seasons: number(farmer.seasons, "farmer.seasons", 100, true),
      claims: number(farmer.claims, "farmer.claims", 1_000, true),
    },
  };
  if (mistakes.length > 0) throw new PondproofError("INVALID_ARGUMENT", { mistakes });
  return pond;
}
