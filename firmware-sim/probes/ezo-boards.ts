import type { MetricName } from "../../protocol/record.ts";

/** What an EZO board measures and how it is set up. */
export type EzoBoard = {
  /** As `i` names it, in capitals and without dots: firmware of different ages writes `D.O.` and `DO`. */
  names: readonly string[];
  metric: MetricName;
  /** What the board can show, in its own unit; all else is not a measurement. */
  range: readonly [number, number];
  /** From the board's unit to the record's. */
  factor: number;
  /** Commands that make the reading one number in the unit above. */
  setup: readonly string[];
  /** Whether `T` compensates for temperature. */
  compensates: boolean;
  /** Whether `Slope,?` tells how far the probe has aged. */
  hasSlope: boolean;
  /** Calibration steps by name; `{}` stands for the value of the standard. */
  calibrations: Readonly<Record<string, string>>;
};

/** The boards whose metrics a record has a slot for (domain.md §3.1). */
export const EZO_BOARDS = {
  oxygen: {
    names: ["DO"],
    metric: "oxygen",
    range: [0, 100],
    factor: 1,
    setup: ["O,mg,1", "O,%,0"],
    compensates: true,
    hasSlope: false,
    calibrations: { air: "Cal", zero: "Cal,0", clear: "Cal,clear" },
  },
  ph: {
    names: ["PH"],
    metric: "ph",
    range: [0.001, 14],
    factor: 1,
    setup: [],
    compensates: true,
    hasSlope: true,
    // The middle one clears the others, so it comes first.
    calibrations: { mid: "Cal,mid,{}", low: "Cal,low,{}", high: "Cal,high,{}", clear: "Cal,clear" },
  },
  conductivity: {
    names: ["EC"],
    metric: "conductivity",
    range: [0, 500_000],
    factor: 0.001,
    setup: ["O,EC,1", "O,TDS,0", "O,S,0", "O,SG,0"],
    compensates: true,
    hasSlope: false,
    calibrations: {
      dry: "Cal,dry",
      one: "Cal,{}",
      low: "Cal,low,{}",
      high: "Cal,high,{}",
      clear: "Cal,clear",
    },
  },
  temperature: {
    names: ["RTD"],
    metric: "temperature",
    // Without its probe the board says -1023.
    range: [-126, 1_254],
    factor: 1,
    setup: ["S,c"],
    compensates: false,
    hasSlope: false,
    calibrations: { one: "Cal,{}", clear: "Cal,clear" },
  },
} as const satisfies Record<string, EzoBoard>;

export type EzoBoardName = keyof typeof EZO_BOARDS;
