// `npm run mutants`: breaks one rule of the contracts after the other in a copy, and fails where no test notices.
import { randomInt } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { EVIDENCE_MUTANTS } from "./evidence.ts";
import { INSURANCE_MUTANTS } from "./insurance.ts";
import type { Mutant } from "./mutant.ts";
import { openWorkshop, type Verdict } from "./workshop.ts";

const HELP = `Usage: npm run mutants [-- --only ID[,ID…] | --sample N]

Breaks one rule of the contracts after the other in a copy of the project, and runs the tests of that rule: forge's Solidity
tests first, then the TypeScript test that the list names. Writes what kills each into docs/mutants.md; fails on survivors.
  --only ID[,ID…]   these mutants alone
  --sample N        N mutants by chance; writes nothing
  --list            prints the ids and ends
`;
const PAGE = new URL("../../docs/mutants.md", import.meta.url);
const ALL: readonly Mutant[] = [...EVIDENCE_MUTANTS, ...INSURANCE_MUTANTS];

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    sample: { type: "string" },
    list: { type: "boolean" },
    help: { type: "boolean" },
  },
});
process.exitCode = await main();

async function main(): Promise<number> {
  if (values.help === true) process.stdout.write(HELP);
  if (values.list === true) process.stdout.write(`${ALL.map(({ id }) => id).join("\n")}\n`);
  if (values.help === true || values.list === true) return 0;
  const chosen = choose();
  if (chosen.length === 0) {
    process.stderr.write(HELP);
    return 2;
  }
  const workshop = openWorkshop();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      workshop.close();
      process.exit(130);
    });
  }
  const verdicts = new Map<string, Verdict>();
  try {
    for (const mutant of chosen) {
      const began = performance.now();
      const verdict = await workshop.try(mutant);
      verdicts.set(mutant.id, verdict);
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      const said = verdict === "survived" ? "SURVIVED" : `killed by ${verdict.killedBy}`;
      console.log(`${verdicts.size}/${chosen.length}  ${seconds} s  ${mutant.id}: ${said}`);
      if (values.sample === undefined) writeFileSync(PAGE, pageOf(verdicts, rowsOf(readPage())));
    }
  } finally {
    workshop.close();
  }
  const survivors = [...verdicts].filter(([, verdict]) => verdict === "survived");
  console.log(`${verdicts.size - survivors.length} killed, ${survivors.length} survived`);
  return survivors.length === 0 ? 0 : 1;
}

function choose(): Mutant[] {
  if (values.only !== undefined) {
    const ids = values.only.split(",");
    return ALL.filter(({ id }) => ids.includes(id));
  }
  if (values.sample === undefined) return [...ALL];
  const left = [...ALL];
  const howMany = Math.min(Number(values.sample), left.length);
  return Array.from({ length: howMany }, () => left.splice(randomInt(left.length), 1)[0]!);
}

function readPage(): string {
  try {
    return readFileSync(PAGE, "utf8");
  } catch (cause) {
    // The first run writes it.
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw cause;
  }
}

/** What the page says of each mutant, by its id: the last column. */
function rowsOf(page: string): Map<string, string> {
  return new Map(
    [...page.matchAll(/^\| `([\w-]+)` \|.*\| ([^|]*) \|$/gm)].map(([, id, killedBy]) => [id!, killedBy!]),
  );
}

/** Rows of mutants that did not run stay as they were. */
function pageOf(verdicts: ReadonlyMap<string, Verdict>, before: ReadonlyMap<string, string>): string {
  const killer = ({ id }: Mutant) => {
    const verdict = verdicts.get(id);
    if (verdict === undefined) return before.get(id) ?? "not run";
    return verdict === "survived" ? "**nothing**" : verdict.killedBy.replaceAll("|", "/");
  };
  const cell = (text: string) => `\`${text.replaceAll(/\s+/g, " ").replaceAll("|", "\\|") || " "}\``;
  const rows = ALL.map((mutant) => {
    const change = `${mutant.file}: ${cell(mutant.from)} → ${mutant.to === "" ? "nothing" : cell(mutant.to)}`;
    return `| \`${mutant.id}\` | ${mutant.rule} | ${change} | ${killer(mutant)} |`;
  });
  return [
    "# Mutants",
    "",
    "Deliberately broken copies of the contracts, one a rule, and the test that notices each. `npm run mutants` breaks",
    "them again and writes this page; it fails where no test notices.",
    "",
    "| mutant | rule | what is changed | killed by |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
