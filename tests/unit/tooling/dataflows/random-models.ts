import fc from "fast-check";
import type { FlowKind } from "../../../../protocol/flows.ts";
import { ENDS, type Group, type Model, type Party } from "../../../../tooling/dataflows/model.ts";

const LETTER = fc.constantFrom(..."AWMmwil0鱼éǄ(");
const CHARACTER = fc.constantFrom(..."AWMmwilj0 ,-.&'–鱼塘éǄ");
const name = fc
  .tuple(LETTER, fc.array(CHARACTER, { maxLength: 40 }))
  .map(([first, rest]) => first + rest.join(""));

const OTHER_GROUPS: Group[] = [
  "user-application",
  "administration-application",
  "non-dlt-system",
  "other-dlt-system",
];

/** Valid models of one activity: two ledger nodes at least, up to eight other systems, up to sixteen flows. */
export const models: fc.Arbitrary<Model> = fc
  .tuple(
    fc.array(name, { minLength: 2, maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom(...OTHER_GROUPS), name), { maxLength: 8 }),
    fc.array(fc.nat(), { minLength: 1, maxLength: 16 }),
  )
  .map(([nodes, others, picks]) => {
    const groups: [Group, string][] = [
      ...nodes.map((node): [Group, string] => ["ledger-node", node]),
      ...others,
    ];
    const parties = groups.map(
      ([group, words], i): Party => ({
        id: `party-${i}`,
        name: words,
        group,
        device: "Any",
        roles: ["user"],
      }),
    );
    const ways = waysBetween(parties);
    return modelOf(
      parties,
      picks.map((pick) => ways[pick % ways.length]!),
    );
  });

type Way = { kind: FlowKind; from: string; to: string };

function waysBetween(parties: readonly Party[]): Way[] {
  const kinds = Object.keys(ENDS) as FlowKind[];
  return parties.flatMap((from) =>
    parties
      .filter((to) => to !== from)
      .flatMap((to) =>
        kinds
          .filter((kind) =>
            ENDS[kind].some((ends) => {
              const groups = [from.group, to.group];
              return String(ends) === String(groups) || String(ends) === String(groups.reverse());
            }),
          )
          .map((kind) => ({ kind, from: from.id, to: to.id })),
      ),
  );
}

function modelOf(parties: Party[], ways: readonly Way[]): Model {
  return {
    id: "random",
    title: "Random",
    clause: "8",
    summary: "Made by a test.",
    roles: [{ id: "user", name: "User", role: "dlt-user" }],
    parties,
    data: [
      {
        id: "record",
        name: "Record",
        storage: "on-ledger",
        sources: ["transaction-record"],
        identifiers: ["object"],
        personal: "no",
        kept: [{ at: "party-0", readers: ["user"], howLong: "For ever.", erasure: "Never." }],
      },
    ],
    activities: [
      {
        id: "act",
        title: "Act",
        scope: "intra",
        roles: ["user"],
        data: ["record"],
        businessIdentifiers: ["Record"],
        flows: ways.map((way, i) => ({
          ...way,
          id: `flow-${i}`,
          data: ["record"],
          actions: ["transmitted" as const],
          how: "It goes.",
        })),
      },
    ],
  };
}
