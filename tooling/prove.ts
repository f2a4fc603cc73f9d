import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

// Proves the INVARIANT comments of contracts/insurance/Accounting.sol for every sequence of entries, with the solver in
// solc's own wasm: no engine beside it is needed. `node tooling/prove.ts --help` says how.

const HELP = `Usage: npm run prove [-- --mutants]

Proves the pool's books with solc's SMTChecker (engine chc, solver z3), in seconds.
  --mutants   proves nothing new: breaks one rule of the books after the other, and fails unless each is found out
`;

type Message = { severity: string; errorCode?: string; message: string; formattedMessage: string };
type Verdict = { proved: number; violated: string[]; unknown: string[] };

const root = fileURLToPath(new URL("..", import.meta.url));
const BOOKS = "contracts/insurance/Accounting.sol";
const INTERFACE = "contracts/insurance/IPool.sol";

/** The entries, and by how much each changes what came in less what went out. */
const ENTRIES: Record<string, string> = {
  addCapital: "_held += amount;",
  removeCapital: "_held -= amount;",
  lock: "",
  release: "",
  reserve: "",
  unreserve: "",
  payOut: "_held -= amount;",
  addPremium: "_held += amount;",
  earnPremium: "",
  owePremium: "",
  removePremium: "_held -= amount;",
  removeOwed: "_held -= amount;",
};

/**
 * Induction: the invariants hold of empty books, and if they hold before an entry, whatever the books, they hold after it.
 * The solver takes each function by itself, from any state that its first line lets pass.
 */
const harnessOf = (entries: readonly string[]) => `
contract Proved is Accounting {
    uint256 private _held;

    constructor() { assert(_sound()); }

    ${entries.map(functionOf).join("\n    ")}

    function _sound() private view returns (bool) {
        bool first = _held == capital() + unearned() + owed();
        bool second = reserved() <= locked() && locked() <= capital();
        return first && second;
    }
}`;

/** Rules of the books, each broken in the last of its entries; the others are how to get there. */
const MUTANTS: readonly { breaks: string; entries: string[]; from: string; to: string }[] = [
  {
    breaks: "capital is taken out and stays",
    entries: ["addCapital", "removeCapital"],
    from: "        _free -= amount;\n    }",
    to: "    }",
  },
  {
    breaks: "locked capital stays free",
    entries: ["addCapital", "lock"],
    from: "_free -= amount;\n        _committed",
    to: "_committed",
  },
  {
    breaks: "freed capital stays locked",
    entries: ["addCapital", "lock", "release"],
    from: "_committed -= amount;\n        _free",
    to: "_free",
  },
  {
    breaks: "a payout leaves the reserve",
    entries: ["addCapital", "lock", "reserve", "payOut"],
    from: "        _reserved -= amount;\n    }",
    to: "    }",
  },
  {
    breaks: "premium is earned and still unearned",
    entries: ["earnPremium"],
    from: "_removePremium(amount);\n        _free",
    to: "_free",
  },
  {
    breaks: "a fee comes from nowhere",
    entries: ["owePremium"],
    from: "_removePremium(amount);\n        _owed",
    to: "_owed",
  },
];

process.exitCode = main(process.argv.slice(2));

function functionOf(entry: string): string {
  const effect = ENTRIES[entry];
  return `function ${entry}(uint128 amount) external { require(_sound()); _${entry}(amount); ${effect} assert(_sound()); }`;
}

function main(args: readonly string[]): number {
  if (args.some((arg) => arg !== "--mutants")) {
    process.stdout.write(HELP);
    return args.includes("--help") ? 0 : 2;
  }
  const source = readFileSync(`${root}${BOOKS}`, "utf8");
  return args.includes("--mutants") ? reportMutants(source) : reportProof(source);
}

function reportProof(source: string): number {
  const { proved, violated, unknown } = check(source, Object.keys(ENTRIES));
  for (const problem of [...violated, ...unknown]) console.error(problem);
  const complete = violated.length === 0 && unknown.length === 0 && proved > 0;
  console.log(`${BOOKS}: ${complete ? "proved" : "NOT proved"} (${proved} conditions)`);
  return complete ? 0 : 1;
}

function reportMutants(source: string): number {
  const survivors = MUTANTS.filter(({ breaks, entries, from, to }) => {
    const mutated = source.replace(from, to);
    if (mutated === source) throw new Error(`no such rule in ${BOOKS}: ${from}`);
    const { proved, violated, unknown } = check(mutated, entries);
    const found = violated.length + unknown.length > 0 || proved === 0;
    console.log(`${found ? "found out" : "SURVIVED "}  ${breaks}`);
    return !found;
  });
  return survivors.length === 0 ? 0 : 1;
}

/** What the SMTChecker says of the harness over these books. */
function check(source: string, entries: readonly string[]): Verdict {
  const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };
  const settings = {
    evmVersion: "osaka",
    modelChecker: {
      engine: "chc",
      solvers: ["z3"],
      targets: ["assert"],
      contracts: { [BOOKS]: ["Proved"] },
      showProvedSafe: true,
      showUnproved: true,
    },
    outputSelection: { "*": { "*": ["abi"] } },
  };
  const sources = {
    [BOOKS]: { content: `${source}${harnessOf(entries)}` },
    [INTERFACE]: { content: readFileSync(`${root}${INTERFACE}`, "utf8") },
  };
  const output = JSON.parse(solc.compile(JSON.stringify({ language: "Solidity", sources, settings }))) as {
    errors?: Message[];
  };
  return verdictOf(output.errors ?? []);
}

function verdictOf(messages: readonly Message[]): Verdict {
  const failed = messages.filter(({ severity }) => severity === "error");
  if (failed.length > 0) throw new Error(failed.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const said = (pattern: RegExp) => messages.filter(({ message }) => pattern.test(message));
  return {
    proved: said(/check is safe!/).length,
    violated: said(/(Assertion violation|Underflow).* happens here/).map(
      ({ formattedMessage }) => formattedMessage,
    ),
    unknown: said(/might happen|could not be proved|not supported|trusted/i).map(
      ({ formattedMessage }) => formattedMessage,
    ),
  };
}
