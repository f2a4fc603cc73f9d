import { globSync, readFileSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, describe as suite } from "vitest";
import { describe, MAY_KNOW, violationsOf } from "./architecture/rules.ts";
import { readSource, type SourceFile } from "./architecture/source-file.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

function sourceFiles(): SourceFile[] {
  const patterns = Object.keys(MAY_KNOW).map((folder) => `${folder}/**/*.{ts,tsx}`);
  return globSync(patterns, { cwd: root, exclude: (path) => path.includes("node_modules") })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => !path.includes("/dist/"))
    .sort()
    .map((path) => readSource({ path, text: readFileSync(`${root}/${path}`, "utf8") }));
}

suite("the source tree", () => {
  const files = sourceFiles();

  it("has every folder of the map, and was read whole", () => {
    const folders = new Set(files.map(({ path }) => path.split("/")[0]));
    expect([...folders].sort()).toEqual(Object.keys(MAY_KNOW).sort());
    expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(files.length);
  });

  it("keeps the rules of its architecture", () => {
    expect(violationsOf(files).map(describe)).toEqual([]);
  });
});

/** What the rules say of a made-up tree. */
function check(tree: Record<string, string>): string[] {
  const files = Object.entries(tree).map(([path, text]) => readSource({ path, text }));
  return violationsOf(files).map(describe);
}

suite("the import reader", () => {
  const read = (text: string, path = "edge/a.ts") =>
    readSource({ path, text }).imports.map(({ specifier, kind, line }) => `${line} ${kind} ${specifier}`);

  it("finds every form of import and export, with its line", () => {
    const text = [
      'import a from "default";',
      'import * as b from "star";',
      'import { type C, d } from "mixed";',
      'import type { E } from "types";',
      'import "effect";',
      "export {",
      "  f,",
      '} from "handed-on";',
      'export * from "all";',
      'export type { G } from "type-export";',
      'type H = import("type-query").H;',
      'const i = await import("dynamic");',
      'const j = require("required");',
    ].join("\n");
    expect(read(text)).toEqual([
      "1 value default",
      "2 value star",
      "3 value mixed",
      "4 type types",
      "5 value effect",
      "6 value handed-on",
      "9 value all",
      "10 type type-export",
      "11 type type-query",
      "12 dynamic dynamic",
      "13 dynamic required",
    ]);
  });

  it("calls an import whose names are all types a value: Node loads the module all the same", () => {
    expect(read('import { type A } from "loaded";')).toEqual(["1 value loaded"]);
  });

  it("takes no import out of comments, strings, templates, regular expressions and JSX text", () => {
    expect(
      read('// import "a";\n/* import "b" */\nconst c = "import \'d\'"; const r = /import "e"/;'),
    ).toEqual([]);
    expect(read(`const t = \`import "f" \${await import("g")}\`;`)).toEqual(["1 dynamic g"]);
    expect(read('export const V = () => <p>import "h" from "i"</p>;', "portal/web/a.tsx")).toEqual([]);
  });

  it("refuses what it could not follow: a computed name, a file that does not parse", () => {
    expect(() => read("await import(name);")).toThrow("edge/a.ts:1: loads something whose name is computed");
    expect(() => read("\nrequire(`a` + b);")).toThrow("edge/a.ts:2");
    expect(() => read("import {")).toThrow("edge/a.ts");
  });
});

suite("the rules", () => {
  it("let a tree pass that keeps them", () => {
    const tree = {
      "protocol/a.ts": 'import { sha256 } from "@noble/hashes/sha2.js";\nexport const a = sha256;',
      "edge/b.ts":
        'import { a } from "../protocol/a.ts";\nimport mqtt from "mqtt";\nexport const b = [a, mqtt];',
      "edge/version.ts":
        'import json from "../package.json" with { type: "json" };\nexport const v = json.version;',
      "ledger/c.ts":
        'import { Wallet } from "ethers";\nimport type { T } from "../types/contracts/T.ts";\nrun();',
      "ledger/d.ts": 'import { Contract } from "ethers";\nimport type { A } from "./c.ts";\nrun();',
      "portal/web/e.tsx":
        'import type { C } from "../../ledger/c.ts";\nimport { a } from "../../protocol/a.ts";',
      "portal/web/vite.config.ts": 'import { join } from "node:path";\nexport default {};',
      "demo/f.ts": 'import "../edge/b.ts"; import "../portal/web/e.tsx"; import "../ledger/d.ts";',
      "demo/g.ts": 'import module from "../ignition/modules/All.ts"; run();',
    };
    expect(check(tree)).toEqual([]);
  });

  it("name a folder that reaches for one it may not know, in every form of import", () => {
    const forms = ['import "X";', 'import type { A } from "X";', 'export * from "X";', 'await import("X");'];
    for (const form of forms) {
      const text = `${form.replace("X", "../ledger/client.ts")}\nrun();`;
      expect(check({ "edge/a.ts": text })).toEqual(["edge/a.ts:1: edge/ may not know ledger/client.ts"]);
    }
    const pairs = [
      ["protocol", "edge"],
      ["firmware-sim", "edge"],
      ["edge", "oracle"],
      ["ledger", "oracle"],
      ["oracle", "portal"],
      ["portal", "edge"],
      ["demo", "tests"],
      ["edge", "types"],
      ["oracle", "types"],
    ];
    for (const [folder, other] of pairs)
      expect(check({ [`${folder}/a.ts`]: `import "../${other}/b.ts"; run();` })).toEqual([
        `${folder}/a.ts:1: ${folder}/ may not know ${other}/b.ts`,
      ]);
    expect(check({ "edge/a.ts": 'import "../../elsewhere.ts"; run();' })).toHaveLength(1);
  });

  it("name a value import of generated types", () => {
    expect(check({ "ledger/a.ts": 'import { X } from "../types/contracts/X.ts"; run();' })).toEqual([
      "ledger/a.ts:1: generated contract types are imported as types only",
    ]);
  });

  it("name the second module of a folder that imports an owned package", () => {
    for (const name of ["mqtt", "aedes", "serialport", "influx", "node:sqlite", "fastify", "prom-client"]) {
      const text = `import x from "${name}"; run();`;
      expect(check({ "edge/a.ts": text, "edge/deep/b.ts": text, "oracle/c.ts": text })).toEqual([
        `edge/deep/b.ts:1: ${name} has one owner in a folder, here edge/a.ts`,
      ]);
    }
    expect(
      check({ "edge/a.ts": 'import "mqtt"; run();', "edge/b.ts": 'import "mqtt/x"; run();' }),
    ).toHaveLength(1);
    const typed = (name: string) => ({
      "edge/a.ts": `import x from "${name}"; run();`,
      "edge/b.ts": `import type { X } from "${name}"; run();`,
    });
    expect(check(typed("aedes"))).toHaveLength(1);
    expect(check(typed("fastify"))).toEqual([]);
  });

  it("name every import of ethers outside the ledger", () => {
    for (const folder of ["oracle", "portal", "demo", "edge"])
      expect(check({ [`${folder}/a.ts`]: 'import type { Wallet } from "ethers"; run();' })).toEqual([
        `${folder}/a.ts:1: ethers is imported in ledger/ only`,
      ]);
  });

  it("name every import of OpenTelemetry outside the one folder that makes spans, and the SDK's second owner in it", () => {
    for (const folder of ["edge", "oracle", "firmware-sim", "ledger", "portal", "service"])
      expect(check({ [`${folder}/a.ts`]: 'import { trace } from "@opentelemetry/api"; run();' })).toEqual([
        `${folder}/a.ts:1: spans are made in telemetry/ only (@opentelemetry/api)`,
      ]);
    const text = 'import { TracerProvider } from "@opentelemetry/sdk-trace"; run();';
    expect(check({ "telemetry/a.ts": text, "telemetry/b.ts": text })).toHaveLength(1);
  });

  it("name any package in the protocol but @noble's", () => {
    expect(check({ "protocol/a.ts": 'import fc from "fast-check"; run();' })).toEqual([
      "protocol/a.ts:1: protocol/ is pure: no package but @noble's (fast-check)",
    ]);
    expect(check({ "protocol/a.ts": 'import fs from "fs"; run();' })).toEqual([
      "protocol/a.ts:1: fs in a browser, loaded by protocol/a.ts",
      "protocol/a.ts:1: protocol/ is pure: no package but @noble's (fs)",
    ]);
  });

  it("name what a page would load of Node or ethers, also through other files", () => {
    expect(check({ "portal/web/a.ts": 'import type { URL } from "node:url"; run();' })).toEqual([
      "portal/web/a.ts:1: node:url in a browser, loaded by portal/web/a.ts",
    ]);
    const ledger = { "ledger/c.ts": 'import { Wallet } from "ethers"; run();' };
    expect(check({ ...ledger, "portal/web/a.ts": 'import { c } from "../../ledger/c.ts"; run();' })).toEqual([
      "ledger/c.ts:1: ethers in a browser, loaded by portal/web/a.ts",
    ]);
    expect(
      check({ ...ledger, "portal/web/a.ts": 'import type { C } from "../../ledger/c.ts"; run();' }),
    ).toEqual([]);
    expect(
      check({ ...ledger, "portal/server/a.ts": 'import { c } from "../../ledger/c.ts"; run();' }),
    ).toEqual([]);
  });

  it("name a circle of files, of any length", () => {
    const imports = (name: string) => `import "./${name}.ts"; run();`;
    expect(check({ "edge/a.ts": imports("a") })).toEqual([
      "edge/a.ts: files import each other in a circle: edge/a.ts → edge/a.ts",
    ]);
    const ring = { "edge/a.ts": imports("b"), "edge/b.ts": imports("c"), "edge/c.ts": imports("a") };
    expect(check(ring)).toEqual([
      "edge/a.ts: files import each other in a circle: edge/a.ts → edge/b.ts → edge/c.ts → edge/a.ts",
    ]);
    expect(check({ ...ring, "edge/c.ts": "run();" })).toEqual([]);
  });

  it("name a default export, a drawer, a barrel, and a file that is too long", () => {
    expect(check({ "edge/a.ts": "\nexport default 1;" })).toEqual([
      "edge/a.ts:2: exports have names, outside of tool configurations",
    ]);
    expect(check({ "edge/a.ts": "const a = 1;\nexport { a as default };" })).toHaveLength(1);
    expect(check({ "edge/utils.ts": "run();" })).toEqual([
      "edge/utils.ts: a file is named by its concept, not a drawer",
    ]);
    expect(check({ "edge/index.ts": "run();" })).toHaveLength(1);
    expect(check({ "edge/all.ts": 'export * from "./a.ts";\nexport { b } from "./b.ts";' })).toEqual([
      "edge/all.ts: no barrel: import from the file itself",
    ]);
    expect(check({ "edge/a.ts": "run();\n".repeat(400) })).toEqual([]);
    expect(check({ "edge/a.ts": "run();\n".repeat(401) })).toEqual(["edge/a.ts: at most 400 lines, not 401"]);
  });
});
