/** What is known of a pond that no recording shows. */
export type PondRisk = {
  stockKgPerMu: number;
  aerationKwPerMu: number;
  backupPower: "none" | "manual" | "automatic";
  probe: { goodReadingsPercent: number; daysSinceCalibration: number };
  farmer: { seasons: number; claims: number };
};

/** A factor's part of the score, with the number that decided. */
export type RiskPart = {
  factor: "stocking" | "aeration" | "backup-power" | "probe-health" | "history";
  points: number;
  most: number;
  value: number;
};

/** 0 is the calmest pond, 100 the riskiest; an ordinary one has about 40 and the factor 10000. */
export type RiskScore = { score: number; factorBps: number; parts: readonly RiskPart[] };

type Step = readonly [upTo: number, points: number];

// Hours until 2 mg/L after the aerators fail, by stock: 11.2, 8.3, 6.6, 5.5, 4.1 (domain.md §2.4).
const STOCKING: readonly Step[] = [
  [500, 0],
  [1_000, 8],
  [1_500, 16],
  [2_000, 22],
  [Infinity, 30],
];
// A kilowatt carries about 500 kg of fish (Boyd 1998): percent of what the stock needs.
const AERATION: readonly Step[] = [
  [49, 25],
  [79, 18],
  [99, 12],
  [149, 6],
  [Infinity, 0],
];
const GOOD_READINGS: readonly Step[] = [
  [89, 8],
  [94, 5],
  [97, 2],
  [Infinity, 0],
];
const CALIBRATION: readonly Step[] = [
  [30, 0],
  [90, 3],
  [Infinity, 7],
];
const BACKUP = { automatic: 0, manual: 8, none: 15 } as const;
const KG_PER_KW = 500;
const NEW_FARMER_POINTS = 7;
const MOST_HISTORY_POINTS = 15;

/** The factor falls and rises by this for each point beside the ordinary 40. */
const BPS_PER_POINT = 125;
const ORDINARY_SCORE = 40;

/** A pond's risk in whole points. How the tables were chosen stands beside them; no losses were there to fit them to. */
export function riskScore(pond: PondRisk): RiskScore {
  const aerationPercent = Math.floor(
    (100 * pond.aerationKwPerMu * KG_PER_KW) / Math.max(1, pond.stockKgPerMu),
  );
  const { seasons, claims } = pond.farmer;
  const claimsPer10Seasons = seasons === 0 ? 0 : Math.round((10 * claims) / seasons);
  const history = seasons === 0 ? NEW_FARMER_POINTS : Math.min(MOST_HISTORY_POINTS, 3 * claimsPer10Seasons);
  const { goodReadingsPercent, daysSinceCalibration } = pond.probe;
  const parts: RiskPart[] = [
    { factor: "stocking", points: pointsOf(STOCKING, pond.stockKgPerMu), most: 30, value: pond.stockKgPerMu },
    { factor: "aeration", points: pointsOf(AERATION, aerationPercent), most: 25, value: aerationPercent },
    { factor: "backup-power", points: BACKUP[pond.backupPower], most: 15, value: BACKUP[pond.backupPower] },
    {
      factor: "probe-health",
      points: pointsOf(GOOD_READINGS, goodReadingsPercent) + pointsOf(CALIBRATION, daysSinceCalibration),
      most: 15,
      value: goodReadingsPercent,
    },
    { factor: "history", points: history, most: MOST_HISTORY_POINTS, value: claimsPer10Seasons },
  ];
  const score = parts.reduce((sum, { points }) => sum + points, 0);
  return { score, factorBps: 10_000 + BPS_PER_POINT * (score - ORDINARY_SCORE), parts };
}

function pointsOf(steps: readonly Step[], value: number): number {
  return steps.find(([upTo]) => value <= upTo)?.[1] ?? 0;
}
