import { describe, expect, it } from "vitest";
import { type AnyPassage, flowAttributes, problemOfAttributes } from "../../../protocol/flow-attributes.ts";
import { ACTIVITIES, ATTRIBUTES, DATA, SUB_ROLES } from "../../../protocol/flows.ts";
import { kindsOf } from "../../../tooling/dataflows/model.ts";
import { modelNamed } from "../tooling/dataflows/model-files.ts";

describe("the table of data flows", () => {
  const model = modelNamed("fish-farming");

  it("has exactly the activities and flows of the fish-farming model, in their order", () => {
    const declared = model.activities.map(({ id, flows }) => [id, flows.map((flow) => [flow.id, flow.kind])]);
    expect(declared).toEqual(
      Object.entries(ACTIVITIES).map(([activity, flows]) => [activity, Object.entries(flows)]),
    );
  });

  it("has exactly its roles, and its data from the same three perspectives", () => {
    expect(Object.fromEntries(model.roles.map(({ id, role }) => [id, role]))).toEqual(SUB_ROLES);
    const declared = model.data.map(({ id, storage, sources, identifiers }) => [
      id,
      { storage, sources, identifiers },
    ]);
    expect(Object.fromEntries(declared)).toEqual(DATA);
  });

  it("has the standard's flow letters for the four activities of its Table 4", () => {
    expect(model.activities.map(kindsOf)).toEqual([
      ["C", "D", "N"],
      ["D", "N"],
      ["B", "D", "N"],
      ["D", "N"],
    ]);
  });
});

describe("a span's attributes", () => {
  const passage = {
    activity: "provide-iot-data",
    flow: "anchor-batch",
    subRole: "service-provider",
    data: "batch",
    action: "transmitted",
  } satisfies AnyPassage;

  it("say what follows from the table: kind, role, perspectives", () => {
    expect(flowAttributes(passage)).toEqual({
      "pondproof.activity": "provide-iot-data",
      "pondproof.flow": "anchor-batch",
      "pondproof.flow.kind": "B",
      "pondproof.role": "dlt-provider",
      "pondproof.sub_role": "service-provider",
      "pondproof.data": "batch",
      "pondproof.data.storage": "on-ledger",
      "pondproof.data.sources": ["derived"],
      "pondproof.data.identifiers": ["object"],
      "pondproof.action": "transmitted",
    });
  });

  it("are all of the table's names when size, stage and device are known", () => {
    const all = flowAttributes({ ...passage, bytes: 160, stage: "S1", deviceType: "Hosted service" });
    expect(Object.keys(all).toSorted()).toEqual(Object.values(ATTRIBUTES).toSorted());
  });

  it("are checked against the table, whoever wrote them", () => {
    const right = flowAttributes(passage);
    expect(problemOfAttributes(right)).toBeUndefined();
    expect(problemOfAttributes({ ...right, "pondproof.flow": "carry-away" })).toContain("carry-away");
    expect(problemOfAttributes({ ...right, "pondproof.activity": "execute-insurance-service" })).toContain(
      "anchor-batch",
    );
    expect(problemOfAttributes({ ...right, "pondproof.sub_role": "passer-by" })).toContain("passer-by");
    expect(problemOfAttributes({ ...right, "pondproof.data": "gossip" })).toContain("gossip");
    expect(problemOfAttributes({ ...right, "pondproof.action": "lost" })).toContain("lost");
    expect(problemOfAttributes({ ...right, "pondproof.flow.kind": "A" })).toContain("pondproof.flow.kind");
    expect(problemOfAttributes({ ...right, "farmer.name": "Li" })).toContain("farmer.name");
  });
});
