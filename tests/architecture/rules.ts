import { isBuiltin } from "node:module";
import { posix } from "node:path";
import type { Import, SourceFile } from "./source-file.ts";

/** A rule that a file breaks. */
export type Violation = { file: string; line?: number; rule: string };

/**
 * The folders of the source tree, and what else of the repository each of them may know (architecture.md, "The parts").
 * `package.json` is where a program that says its version reads it.
 */
export const MAY_KNOW: Record<string, readonly string[]> = {
  protocol: [],
  science: [],
  telemetry: ["protocol"],
  "firmware-sim": ["protocol", "science", "telemetry", "service", "package.json"],
  edge: ["protocol", "telemetry", "service", "package.json"],
  ledger: ["protocol", "telemetry", "types"],
  service: ["protocol", "telemetry"],
  oracle: ["protocol", "science", "telemetry", "service", "ledger", "package.json"],
  portal: ["protocol", "science", "telemetry", "service", "ledger", "package.json"],
  demo: [
    "protocol",
    "science",
    "telemetry",
    "service",
    "firmware-sim",
    "edge",
    "ledger",
    "oracle",
    "portal",
    "ignition",
    "types",
    "package.json",
  ],
};

/** Packages that one module of a folder owns. The types of `fastify` and `prom-client` are free: routes are typed by them. */
const OWNED: readonly { name: string; typesAreFree: boolean }[] = [
  { name: "mqtt", typesAreFree: false },
  { name: "aedes", typesAreFree: false },
  { name: "serialport", typesAreFree: false },
  { name: "influx", typesAreFree: false },
  { name: "node:sqlite", typesAreFree: false },
  { name: "fastify", typesAreFree: true },
  { name: "prom-client", typesAreFree: true },
  { name: "@opentelemetry/api", typesAreFree: true },
  { name: "@opentelemetry/sdk-trace", typesAreFree: true },
];

/** What runs in a browser too, and so may load no module of Node and no chain client. */
const RUNS_IN_BROWSERS = ["protocol", "science", "portal/web"];

const MAX_LINES = 400;

/** Everything that a set of files breaks, sorted by file. */
export function violationsOf(files: readonly SourceFile[]): Violation[] {
  const rules = [
    knowsNoForbiddenFolder,
    ownsItsPackages,
    keepsEthersInTheLedger,
    keepsSpansInTelemetry,
    keepsTheProtocolPure,
    keepsBrowserCodeFree,
    hasNoCycle,
    hasNamedExportsOnly,
    hasNoDrawerOrBarrel,
    isShort,
  ];
  return rules.flatMap((rule) => rule(files)).sort((a, b) => describe(a).localeCompare(describe(b)));
}

/** One line: where, and which rule. */
export function describe({ file, line, rule }: Violation): string {
  return `${file}${line === undefined ? "" : `:${line}`}: ${rule}`;
}

/** The file of the repository that an import means, or `undefined` for a package. */
export function targetOf({ path }: SourceFile, { specifier }: Import): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
}

function folderOf(path: string): string {
  return path.split("/")[0]!;
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

function isConfig(path: string): boolean {
  return path.endsWith(".config.ts");
}

/** Every import of every file. */
function allImports(files: readonly SourceFile[]) {
  return files.flatMap((from) => from.imports.map((what) => ({ from, what, target: targetOf(from, what) })));
}

function knowsNoForbiddenFolder(files: readonly SourceFile[]): Violation[] {
  return allImports(files).flatMap(({ from, what, target }) => {
    if (target === undefined) return [];
    const folder = folderOf(from.path);
    const known = folderOf(target);
    if (known === folder) return [];
    if (!MAY_KNOW[folder]?.includes(known))
      return [{ file: from.path, line: what.line, rule: `${folder}/ may not know ${target}` }];
    const isGenerated = known === "types";
    return isGenerated && what.kind !== "type"
      ? [{ file: from.path, line: what.line, rule: "generated contract types are imported as types only" }]
      : [];
  });
}

function ownsItsPackages(files: readonly SourceFile[]): Violation[] {
  return OWNED.flatMap(({ name, typesAreFree }) => {
    const users = allImports(files).filter(
      ({ what }) => packageOf(what.specifier) === name && !(typesAreFree && what.kind === "type"),
    );
    const owners = new Map(users.toReversed().map(({ from }) => [folderOf(from.path), from.path]));
    return users
      .filter(({ from }) => owners.get(folderOf(from.path)) !== from.path)
      .map(({ from, what }) => ({
        file: from.path,
        line: what.line,
        rule: `${name} has one owner in a folder, here ${owners.get(folderOf(from.path))}`,
      }));
  });
}

function keepsEthersInTheLedger(files: readonly SourceFile[]): Violation[] {
  return allImports(files)
    .filter(({ from, what }) => packageOf(what.specifier) === "ethers" && folderOf(from.path) !== "ledger")
    .map(({ from, what }) => ({
      file: from.path,
      line: what.line,
      rule: "ethers is imported in ledger/ only",
    }));
}

/** Parts say what passed them; only `telemetry/` knows what a span is. A demo may collect the spans of its own run. */
function keepsSpansInTelemetry(files: readonly SourceFile[]): Violation[] {
  return allImports(files)
    .filter(({ what }) => packageOf(what.specifier).startsWith("@opentelemetry/"))
    .filter(({ from }) => !["telemetry", "demo"].includes(folderOf(from.path)))
    .map(({ from, what }) => ({
      file: from.path,
      line: what.line,
      rule: `spans are made in telemetry/ only (${what.specifier})`,
    }));
}

function keepsTheProtocolPure(files: readonly SourceFile[]): Violation[] {
  return allImports(files)
    .filter(({ from, target }) => folderOf(from.path) === "protocol" && target === undefined)
    .filter(({ what }) => !packageOf(what.specifier).startsWith("@noble/"))
    .map(({ from, what }) => ({
      file: from.path,
      line: what.line,
      rule: `protocol/ is pure: no package but @noble's (${what.specifier})`,
    }));
}

function keepsBrowserCodeFree(files: readonly SourceFile[]): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const isBrowserCode = ({ path }: SourceFile) =>
    RUNS_IN_BROWSERS.some((folder) => path.startsWith(`${folder}/`)) && !isConfig(path);
  const violations: Violation[] = [];
  const seen = new Set<SourceFile>();
  const visit = (file: SourceFile, by: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const what of file.imports) {
      if (what.kind === "type" && !isBrowserCode(file)) continue;
      if (isBuiltin(what.specifier) || packageOf(what.specifier) === "ethers")
        violations.push({
          file: file.path,
          line: what.line,
          rule: `${what.specifier} in a browser, loaded by ${by}`,
        });
      const next = what.kind === "type" ? undefined : byPath.get(targetOf(file, what) ?? "");
      if (next !== undefined) visit(next, by);
    }
  };
  for (const file of files.filter(isBrowserCode)) visit(file, file.path);
  return violations;
}

function hasNoCycle(files: readonly SourceFile[]): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const violations: Violation[] = [];
  const done = new Set<string>();
  const visit = (file: SourceFile, trail: readonly string[]): void => {
    const start = trail.indexOf(file.path);
    if (start >= 0) {
      const cycle = [...trail.slice(start), file.path].join(" → ");
      violations.push({ file: file.path, rule: `files import each other in a circle: ${cycle}` });
      return;
    }
    if (done.has(file.path)) return;
    for (const what of file.imports) {
      const next = byPath.get(targetOf(file, what) ?? "");
      if (next !== undefined) visit(next, [...trail, file.path]);
    }
    done.add(file.path);
  };
  for (const file of files) visit(file, []);
  return violations;
}

function hasNamedExportsOnly(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, defaultExportLine }) =>
    defaultExportLine === undefined || isConfig(path)
      ? []
      : [{ file: path, line: defaultExportLine, rule: "exports have names, outside of tool configurations" }],
  );
}

function hasNoDrawerOrBarrel(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, isBarrel }) => {
    const name = posix.basename(path).replace(/\.tsx?$/, "");
    if (["utils", "util", "helpers", "misc", "common"].includes(name))
      return [{ file: path, rule: "a file is named by its concept, not a drawer" }];
    return isBarrel || name === "index"
      ? [{ file: path, rule: "no barrel: import from the file itself" }]
      : [];
  });
}

function isShort(files: readonly SourceFile[]): Violation[] {
  return files
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ path, lines }) => ({ file: path, rule: `at most ${MAX_LINES} lines, not ${lines}` }));
}
