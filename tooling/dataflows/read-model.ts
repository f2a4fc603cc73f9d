import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { describeMistake } from "../../service/config-file.ts";
import { type Activity, ENDS, type Flow, GROUPS, type Model, type ModelData, type Party } from "./model.ts";

export type ModelReading = { ok: true; model: Model } | { ok: false; mistakes: string[] };

/** What of a model has its form; what refers to the rest is judged all the same. */
type Sound = { parties: Party[]; data: ModelData[]; activities: Activity[] };

type Ids = Record<"roles" | "parties" | "data" | "activities", string[]>;

/** A reader of models: `schema` is `dataflows/model.schema.json`. Every mistake of a model is named, form and sense. */
export function createModelReader(schema: object): (value: unknown) => ModelReading {
  const ajv = new Ajv2020({ allErrors: true });
  ajv.addSchema(schema, "model");
  const validate = ajv.getSchema("model")!;
  const form = (name: string) => ajv.getSchema(`model#/$defs/${name}`) as ValidateFunction;
  const forms = { party: form("party"), data: form("data"), activity: form("activity") };

  return (value) => {
    const ofForm = validate(value) === true ? [] : validate.errors!.map(describeMistake);
    const ids: Ids = {
      roles: idsIn(value, "roles"),
      parties: idsIn(value, "parties"),
      data: idsIn(value, "data"),
      activities: idsIn(value, "activities"),
    };
    const sound: Sound = {
      parties: listIn(value, "parties").filter((item): item is Party => forms.party(item) === true),
      data: listIn(value, "data").filter((item): item is ModelData => forms.data(item) === true),
      activities: listIn(value, "activities").filter(
        (item): item is Activity => forms.activity(item) === true,
      ),
    };
    const mistakes = [...ofForm, ...senseless(sound, ids)];
    return mistakes.length === 0 ? { ok: true, model: value as Model } : { ok: false, mistakes };
  };
}

function listIn(value: unknown, key: string): unknown[] {
  const list = (value as Record<string, unknown> | null)?.[key];
  return Array.isArray(list) ? list : [];
}

function idsIn(value: unknown, key: string): string[] {
  return listIn(value, key).flatMap((item) => {
    const id = (item as { id?: unknown } | null)?.id;
    return typeof id === "string" ? [id] : [];
  });
}

function senseless(sound: Sound, ids: Ids): string[] {
  return [
    ...Object.entries(ids).flatMap(([list, names]) => twice(names).map((id) => `${list}: "${id}" is twice`)),
    ...sound.parties.flatMap(({ id, roles }) => strangers(`party "${id}"`, "role", roles, ids.roles)),
    ...sound.data.flatMap((data) => mistakesOfData(data, sound, ids)),
    ...sound.activities.flatMap((activity) => mistakesOfActivity(activity, sound, ids)),
    ...twice(sound.activities.flatMap(({ flows }) => flows.map(({ id }) => id))).map(
      (id) => `flow "${id}" is twice: ids of flows differ over all activities`,
    ),
  ];
}

function mistakesOfData({ id, storage, personal, kept }: ModelData, sound: Sound, ids: Ids): string[] {
  const mistakes = kept.flatMap(({ at, readers }) => [
    ...strangers(`data "${id}"`, "party", [at], ids.parties),
    ...strangers(`data "${id}" at "${at}"`, "role", readers, ids.roles),
  ]);
  const isOnLedger = kept.map(
    ({ at }) => sound.parties.find((party) => party.id === at)?.group === "ledger-node",
  );
  const areKnown = kept.every(({ at }) => sound.parties.some((party) => party.id === at));
  if (storage === "on-ledger" && areKnown && !isOnLedger.includes(true))
    mistakes.push(`data "${id}" is on-ledger and kept at no ledger node`);
  if (storage === "off-ledger" && isOnLedger.includes(true))
    mistakes.push(`data "${id}" is off-ledger and kept at a ledger node`);
  if (personal === "identifying" && (storage === "on-ledger" || isOnLedger.includes(true)))
    mistakes.push(`data "${id}" identifies a person and is on the ledger, from which nothing can be erased`);
  return mistakes;
}

function mistakesOfActivity(activity: Activity, sound: Sound, ids: Ids): string[] {
  const where = `activity "${activity.id}"`;
  const moved = activity.flows.flatMap(({ data }) => data);
  return [
    ...strangers(where, "role", activity.roles, ids.roles),
    ...strangers(where, "data", activity.data, ids.data),
    ...activity.data
      .filter((id) => ids.data.includes(id) && !moved.includes(id))
      .map((id) => `${where} is about "${id}", which none of its flows carries`),
    ...activity.flows.flatMap((flow) => mistakesOfFlow(`${where}, flow "${flow.id}"`, flow, sound, ids)),
  ];
}

function mistakesOfFlow(where: string, flow: Flow, { parties, data }: Sound, ids: Ids): string[] {
  const { kind, from, to } = flow;
  const mistakes = [
    ...strangers(where, "party", [...new Set([from, to])], ids.parties),
    ...strangers(where, "data", flow.data, ids.data),
  ];
  if (from === to) mistakes.push(`${where} goes from "${from}" to itself`);
  const source = parties.find(({ id }) => id === from)?.group;
  const target = parties.find(({ id }) => id === to)?.group;
  if (source === undefined || target === undefined) return mistakes;
  const fits = ENDS[kind].some(
    ([one, other]) => (source === one && target === other) || (source === other && target === one),
  );
  if (!fits) {
    const ends = ENDS[kind]
      .map((pair) => pair.map((group) => GROUPS[group].title).join(" and "))
      .join(", or ");
    mistakes.push(`${where}: ${kind} runs between ${ends}; not from a ${source} to a ${target}`);
  }
  const carries = (id: string) => data.find((item) => item.id === id)?.personal === "identifying";
  if (source === "ledger-node" || target === "ledger-node")
    for (const id of flow.data.filter(carries))
      mistakes.push(`${where} carries "${id}", which identifies a person`);
  return mistakes;
}

function strangers(
  where: string,
  what: string,
  named: readonly string[],
  known: readonly string[],
): string[] {
  return named.filter((id) => !known.includes(id)).map((id) => `${where} names no known ${what}: "${id}"`);
}

function twice(ids: readonly string[]): string[] {
  return [...new Set(ids.filter((id, i) => ids.indexOf(id) !== i))];
}
