export type AeratorSpec = {
  powerKw: number;
  /** Starts when the pond's oxygen falls below this. */
  onBelowMgPerL: number;
  /** Stops when it rises above this. */
  offAboveMgPerL: number;
};

/** `idling`: the motor turns but its impeller is gone; `dead`: no power at all. */
export type AeratorFault = "idling" | "dead";

/** A three-phase motor of 380 V, power factor and efficiency 0.8 each. */
const AMPERE_PER_KW = 1000 / (Math.sqrt(3) * 380 * 0.8 * 0.8);
/** A motor without load magnetises its iron all the same. */
const IDLE_CURRENT_PART = 0.4;

/** Whether the controller wants the aerator on, given that it was on or off a minute ago. */
export function wantsAeration(spec: AeratorSpec, wasOn: boolean, oxygenMgPerL: number): boolean {
  return wasOn ? oxygenMgPerL <= spec.offAboveMgPerL : oxygenMgPerL < spec.onBelowMgPerL;
}

/**
 * What the motors draw from one phase, in A.
 *
 * Of wheels that fail, `idling` motors still draw what their iron takes, `dead` ones nothing.
 */
export function aeratorCurrentA(
  powerKw: number,
  failure: { fault: AeratorFault; failedPart: number } | null,
): number {
  const idlePart = failure?.fault === "idling" ? IDLE_CURRENT_PART : 0;
  const failedPart = failure?.failedPart ?? 0;
  return powerKw * AMPERE_PER_KW * (1 - failedPart + failedPart * idlePart);
}
