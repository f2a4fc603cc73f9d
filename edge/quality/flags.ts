/** QARTOD's flags for one value. */
export const QC = { good: 1, notEvaluated: 2, suspect: 3, fail: 4, missing: 9 } as const;

export type QcFlag = (typeof QC)[keyof typeof QC];

/** The tests, as bits. */
export const QC_TESTS = {
  range: 1 << 0,
  spike: 1 << 1,
  rate: 1 << 2,
  flat: 1 << 3,
  neighbour: 1 << 4,
  saturation: 1 << 5,
  dependent: 1 << 6,
} as const;

export type QcTest = keyof typeof QC_TESTS;

/** What the tests say of a reading: a flag for each slot, and which tests doubt it. */
export type Quality = { flags: QcFlag[]; tests: number };

/** QARTOD's precedence, lowest first: a worse flag replaces a better one. */
const PRECEDENCE: readonly QcFlag[] = [QC.missing, QC.notEvaluated, QC.good, QC.suspect, QC.fail];

export function worse(a: QcFlag, b: QcFlag): QcFlag {
  return PRECEDENCE.indexOf(a) >= PRECEDENCE.indexOf(b) ? a : b;
}

/** True when some test doubts some value. */
export function isDoubted({ flags }: Quality): boolean {
  return flags.some((flag) => flag === QC.suspect || flag === QC.fail);
}

/** Names of the tests in a set of bits. */
export function testNames(tests: number): QcTest[] {
  return (Object.keys(QC_TESTS) as QcTest[]).filter((name) => (tests & QC_TESTS[name]) !== 0);
}

/** Notes what a test says of one slot. */
export function mark(quality: Quality, slot: number, flag: QcFlag, test: QcTest): void {
  quality.flags[slot] = worse(quality.flags[slot]!, flag);
  quality.tests |= QC_TESTS[test];
}
