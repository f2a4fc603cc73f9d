import { describe, expect, it } from "vitest";
import { ACTIONS, FLOW_KINDS, IDENTIFIERS, ROLES, SOURCES, STORAGES } from "../../../../protocol/flows.ts";
import type { Model } from "../../../../tooling/dataflows/model.ts";
import { MODEL_NAMES, modelNamed, rawModel, readModel, schema } from "./model-files.ts";

/** The mistakes of the fish-farming model after a change. */
function mistakesAfter(change: (model: Model) => void): string[] {
  const model = modelNamed("fish-farming");
  change(model);
  const reading = readModel(model);
  return reading.ok ? [] : reading.mistakes;
}

const activityOf = (model: Model, id: string) => model.activities.find((activity) => activity.id === id)!;
const dataOf = (model: Model, id: string) => model.data.find((data) => data.id === id)!;

describe("a declared model of data flows", () => {
  it.each(MODEL_NAMES)("is sound: %s", (name) => {
    expect(readModel(rawModel(name))).toMatchObject({ ok: true });
  });

  it("names every mistake of form and of sense together", () => {
    const mistakes = mistakesAfter((model) => {
      Object.assign(model, { title: "a <b>", colour: "blue" });
      Object.assign(model.parties[0]!, { group: "cloud" });
      model.roles.push({ ...model.roles[0]! });
      model.parties[1]!.roles = ["nobody"];
      const [first, second] = activityOf(model, "provide-iot-data").flows;
      first!.to = "nowhere";
      first!.data = ["nothing"];
      second!.to = second!.from;
    });
    expect(mistakes).toEqual([
      '/: unknown key "colour"',
      expect.stringMatching("^/title: must match pattern"),
      expect.stringMatching("^/parties/0/group: must be equal to one of the allowed values"),
      'roles: "fish-farmer" is twice',
      'party "insurer-portal" names no known role: "nobody"',
      'activity "provide-iot-data", flow "report-reading" names no known party: "nowhere"',
      'activity "provide-iot-data", flow "report-reading" names no known data: "nothing"',
      'activity "provide-iot-data", flow "acknowledge-reading" goes from "gateway" to itself',
    ]);
  });

  it("lets a flow run only where its letter may", () => {
    const mistakes = mistakesAfter((model) => {
      activityOf(model, "execute-insurance-service").flows[0]!.kind = "C";
    });
    expect(mistakes).toEqual([
      'activity "execute-insurance-service", flow "approve-claim": C runs between Administration applications and ' +
        "Ledger nodes; not from a user-application to a ledger-node",
    ]);
  });

  it("keeps what identifies a person off the ledger, at rest and on its way", () => {
    const mistakes = mistakesAfter((model) => {
      activityOf(model, "create-insurance-contract")
        .flows.find(({ id }) => id === "bind-policy")!
        .data.push("directory");
      dataOf(model, "claim").personal = "identifying";
    });
    const onTheWay = mistakes.filter((mistake) => mistake.endsWith("which identifies a person"));
    expect(onTheWay).toContain(
      'activity "create-insurance-contract", flow "bind-policy" carries "directory", which identifies a person',
    );
    expect(mistakes).toContain(
      'data "claim" identifies a person and is on the ledger, from which nothing can be erased',
    );
  });

  it("wants data kept where its storage says", () => {
    expect(
      mistakesAfter((model) => {
        dataOf(model, "reading").kept[0]!.at = "ledger-node";
        for (const kept of dataOf(model, "batch").kept) kept.at = "oracle";
      }),
    ).toEqual([
      'data "reading" is off-ledger and kept at a ledger node',
      'data "batch" is on-ledger and kept at no ledger node',
    ]);
  });

  it("wants an activity to move what it is about, and one id for one flow", () => {
    expect(
      mistakesAfter((model) => {
        activityOf(model, "request-insurance-service").data.push("weather");
        activityOf(model, "request-insurance-service").flows[0]!.id = "approve-claim";
      }),
    ).toEqual([
      'activity "request-insurance-service" is about "weather", which none of its flows carries',
      'flow "approve-claim" is twice: ids of flows differ over all activities',
    ]);
  });

  it.each([null, 1, "model", [], {}, { parties: {}, data: [null], activities: [{ flows: 1 }] }])(
    "says what is wrong with %j instead of failing",
    (value) => {
      expect(readModel(value)).toMatchObject({
        ok: false,
        mistakes: expect.arrayContaining([expect.any(String)]),
      });
    },
  );
});

describe("the schema of models", () => {
  it("has the words of protocol/flows.ts", () => {
    const { $defs } = schema as {
      $defs: Record<string, { properties: Record<string, { enum?: string[]; items?: { enum?: string[] } }> }>;
    };
    const words = (form: string, key: string) => {
      const property = $defs[form]!.properties[key]!;
      return property.enum ?? property.items?.enum;
    };
    expect(words("role", "role")).toEqual(Object.keys(ROLES));
    expect(words("data", "storage")).toEqual(STORAGES);
    expect(words("data", "sources")).toEqual(Object.keys(SOURCES));
    expect(words("data", "identifiers")).toEqual(IDENTIFIERS);
    expect(words("flow", "kind")).toEqual(Object.keys(FLOW_KINDS));
    expect(words("flow", "actions")).toEqual(ACTIONS);
  });
});
