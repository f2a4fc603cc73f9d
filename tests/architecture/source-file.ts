import { type ESTree, parseSync, Visitor } from "vite";

/** One thing that a file loads, or only names the types of. */
export type Import = {
  specifier: string;
  line: number;
  /** `type` is gone when the file runs; `value` and `dynamic` are loaded. */
  kind: "value" | "type" | "dynamic";
};

/** What the rules need to know of a source file; `path` is relative to the repository, with slashes. */
export type SourceFile = {
  path: string;
  lines: number;
  imports: Import[];
  defaultExportLine: number | undefined;
  /** True when the file does nothing but hand on what others export. */
  isBarrel: boolean;
};

/**
 * Reads a file's imports and exports with the parser of the page's build: TypeScript 7 has none for JavaScript.
 * @throws SyntaxError when the file does not parse, or loads something whose name is computed
 */
export function readSource({ path, text }: { path: string; text: string }): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new SyntaxError(`${path}: ${errors[0].message}`);
  const imports: Import[] = [];
  let defaultExportLine: number | undefined;
  const lineAt = (offset: number) => text.slice(0, offset).split("\n").length;
  const add = (source: ESTree.Expression | null | undefined, start: number, kind: Import["kind"]): void => {
    if (source?.type !== "Literal" || typeof source.value !== "string")
      throw new SyntaxError(`${path}:${lineAt(start)}: loads something whose name is computed`);
    imports.push({ specifier: source.value, line: lineAt(start), kind });
  };

  new Visitor({
    ImportDeclaration: ({ source, start, importKind }) =>
      add(source, start, importKind === "type" ? "type" : "value"),
    ExportAllDeclaration: ({ source, start, exportKind }) =>
      add(source, start, exportKind === "type" ? "type" : "value"),
    ExportNamedDeclaration({ source, start, exportKind, specifiers }) {
      if (source !== null) add(source, start, exportKind === "type" ? "type" : "value");
      if (specifiers.some(({ exported }) => nameOf(exported) === "default"))
        defaultExportLine = lineAt(start);
    },
    ImportExpression: ({ source, start }) => add(source, start, "dynamic"),
    TSImportType: ({ source, start }) => add(source, start, "type"),
    CallExpression({ callee, arguments: [name], start }) {
      if (callee.type === "Identifier" && callee.name === "require")
        add(name?.type === "SpreadElement" ? undefined : name, start, "dynamic");
    },
    ExportDefaultDeclaration({ start }) {
      defaultExportLine = lineAt(start);
    },
  }).visit(program);

  const { body } = program;
  return {
    path,
    lines: text.replace(/\n$/, "").split("\n").length,
    imports,
    defaultExportLine,
    isBarrel: body.every(handsOn) && body.some(({ type }) => type !== "ImportDeclaration"),
  };
}

function handsOn(statement: ESTree.Program["body"][number]): boolean {
  return (
    statement.type === "ExportAllDeclaration" ||
    statement.type === "ImportDeclaration" ||
    (statement.type === "ExportNamedDeclaration" && statement.declaration === null)
  );
}

function nameOf(name: ESTree.ModuleExportName): string {
  return name.type === "Literal" ? name.value : name.name;
}
