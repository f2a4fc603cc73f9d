/** A contract with one rule broken, and the tests that must notice. */
export type Mutant = {
  id: string;
  /** What holds of the contract, and not of the mutant. */
  rule: string;
  /** Below contracts/. */
  file: string;
  /** Occurs once in the file. */
  from: string;
  to: string;
  /** Solidity tests to ask first, below tests/contracts/. */
  solidity?: string;
  /** The vitest file to ask next, below tests/unit/contracts/, without `.test.ts`. */
  typescript?: string;
};
