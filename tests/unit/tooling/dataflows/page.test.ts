import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { documentOf } from "../../../../tooling/dataflows/page.ts";
import { modelNamed } from "./model-files.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const PLACE = {
  page: "docs/data-flows.md",
  drawings: "docs/data-flows",
  source: "dataflows/fish-farming.json",
};
const document = () => documentOf(modelNamed("fish-farming"), PLACE);

describe("the document of a use case", () => {
  it("is the same twice", () => {
    expect(document()).toEqual(document());
  });

  it("has the standard's columns, and a row, a card and a drawing for each of the four activities", () => {
    const files = document();
    const page = files[PLACE.page]!;
    expect(page).toContain(
      "| no | activity | inter/intra | roles | data category | flows | business identifier data | devices |",
    );
    const rows = page.split("\n").filter((line) => /^\| [1-4] \|/.test(line));
    expect(rows.map((row) => row.split(" | ")[5])).toEqual(["C, D, N", "D, N", "B, D, N", "D, N"]);
    expect(page.match(/^\| description card/gm)).toHaveLength(4);
    expect(Object.keys(files).filter((path) => path.endsWith(".svg"))).toHaveLength(5);
  });

  it("claims no observation: every row and card says that it is declared", () => {
    const page = document()[PLACE.page]!;
    expect(page.match(/declared, not yet observed/g)).toHaveLength(1 + 4 + 4);
  });

  it("shows in a drawing's text alternative every flow of the activity", () => {
    const files = document();
    const [activity] = modelNamed("fish-farming").activities;
    const description = /<desc[^>]*>(.*)<\/desc>/.exec(files["docs/data-flows/fish-farming-1.svg"]!)![1]!;
    expect(description.match(/\b[ABCDN]\d+, /g)).toHaveLength(activity!.flows.length);
    expect(description).toContain("D9, Farmer's app to Node that is asked: Terms of product and policy");
  });

  it("links to drawings that are written", () => {
    for (const page of ["docs/data-flows.md", "docs/data-flows/any.md"]) {
      const files = documentOf(modelNamed("traveller-network"), { ...PLACE, page });
      const links = [...files[page]!.matchAll(/\]\(([^)]+\.svg)\)/g)].map(([, link]) =>
        join(dirname(page), link!),
      );
      expect(links.toSorted()).toEqual(
        Object.keys(files)
          .filter((path) => path !== page)
          .toSorted(),
      );
    }
  });
});

describe("npm run dataflows", () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, "tooling/dataflows.ts"), ...args], { encoding: "utf8" });

  it("finds the committed documents up to date", () => {
    expect(run("--check")).toMatchObject({ status: 0, stdout: "" });
    expect(existsSync(join(root, PLACE.page))).toBe(true);
  });

  it("refuses what it does not know, and explains itself", () => {
    expect(run("--chek").status).toBe(2);
    expect(run("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("--check") });
  });
});
