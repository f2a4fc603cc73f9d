import { FLOW_KINDS, ROLES, SOURCES } from "../../protocol/flows.ts";
import { draw } from "./drawing.ts";
import { sceneOf } from "./layout.ts";
import { type Activity, badgeOf, GROUPS, kindsOf, type Model } from "./model.ts";
import type { Observation } from "./observation.ts";
import { bytesInWords, observedSections, passagesOf } from "./observed-page.ts";
import { table } from "./text.ts";

/** Files of the documentation, by their path in the repository. */
export type Files = Record<string, string>;

/** What stands wherever the standard wants what was seen: no span of any run has been counted yet. */
const UNSEEN = "declared, not yet observed";

/** The page of a use case and its drawings; `page` is the page's path, `drawings` the folder of the drawings beside it. */
export function documentOf(
  model: Model,
  {
    page,
    drawings,
    source,
    observation,
  }: { page: string; drawings: string; source: string; observation?: Observation },
): Files {
  const folder = page.slice(0, page.lastIndexOf("/") + 1);
  const path = (name: string) => `${drawings}/${model.id}-${name}.svg`;
  const link = (name: string) =>
    path(name).startsWith(folder) ? path(name).slice(folder.length) : path(name);
  const files: Files = {
    [path("system-view")]: draw(sceneOf(model, []), {
      title: `System view: ${model.title}`,
      description: model.parties.map(({ name, group }) => `${name}: ${GROUPS[group].title}.`).join(" "),
      note: undefined,
    }),
  };
  for (const [i, activity] of model.activities.entries())
    files[path(`${i + 1}`)] = draw(
      sceneOf(
        model,
        activity.flows.map((flow) => ({ ...flow, badge: badgeOf(activity, flow) })),
      ),
      {
        title: `Activity ${i + 1}: ${activity.title}`,
        description: inWords(model, activity),
        note: observation === undefined ? `Dashed: ${UNSEEN}.` : "Every flow was observed in a run.",
        observed: observation !== undefined,
      },
    );
  files[page] = `${[
    ...opening(model, source, observation),
    "## System view",
    "",
    `![System view of ${model.title}; the table below says the same](${link("system-view")})`,
    "",
    ...systems(model),
    ...criticalList(model, observation),
    ...model.activities.flatMap((activity, i) =>
      card(model, activity, { number: i + 1, drawing: link(`${i + 1}`), observation }),
    ),
    ...(observation === undefined ? [] : observedSections(model, observation)),
    ...categories(model),
    ...storage(model),
  ].join("\n")}`;
  return files;
}

function opening(
  { title, clause, summary }: Model,
  source: string,
  observation: Observation | undefined,
): string[] {
  return [
    `# Data flows: ${title}`,
    "",
    `${summary} The use case is ISO/TR 6277:2024, ${clause}.`,
    "",
    observation === undefined
      ? `**Every flow below is ${UNSEEN}**: it is what the model says, and no count of a run stands behind it.`
      : `**Every flow below was observed**: the counts are of one recorded run (scenario ${observation.scenario}, seed ${observation.seed}), ` +
        `made of its ${observation.spans} spans alone. \`npm run dataflows\` runs it again and fails when a flow is observed that is ` +
        "not declared, or declared and not observed.",
    "",
    `Written by \`npm run dataflows\` from \`${source}\`; the form of such a file is \`dataflows/model.schema.json\`.`,
    "",
    ...table(["flow", "between"], Object.entries(FLOW_KINDS)),
  ];
}

function systems(model: Model): string[] {
  return table(
    ["system", "group", "flow", "who acts with it", "device"],
    model.parties.map(({ name, group, roles, device }) => [
      name,
      GROUPS[group].title,
      GROUPS[group].kind,
      namesOf(model.roles, roles),
      device,
    ]),
  );
}

function criticalList(model: Model, observation: Observation | undefined): string[] {
  return [
    "## Critical data flow list",
    "",
    ...table(
      [
        "no",
        "activity",
        "inter/intra",
        "roles",
        "data category",
        "flows",
        "business identifier data",
        "devices",
        "observed",
      ],
      model.activities.map((activity, i) => [
        String(i + 1),
        activity.title,
        activity.scope,
        namesOf(model.roles, activity.roles),
        categoriesOf(model, activity),
        kindsOf(activity).join(", "),
        activity.businessIdentifiers.join("; "),
        devicesOf(model, activity),
        observedIn(activity, observation),
      ]),
    ),
  ];
}

function card(
  model: Model,
  activity: Activity,
  { number, drawing, observation }: { number: number; drawing: string; observation: Observation | undefined },
): string[] {
  const roles = activity.roles.map((id) => {
    const { role, name } = model.roles.find((known) => known.id === id)!;
    return `${ROLES[role]}: ${name}`;
  });
  return [
    `## ${number}. ${activity.title}`,
    "",
    ...table(
      ["description card", ""],
      [
        ["title", activity.title],
        ["role: sub-role", roles.join("; ")],
        ["data category", categoriesOf(model, activity)],
        ["flow category", `${kindsOf(activity).join(", ")}, ${activity.scope}`],
        ["flows triggered", activity.flows.map((flow) => badgeOf(activity, flow)).join(", ")],
        ["business identifier data", activity.businessIdentifiers.join("; ")],
        ["device type", devicesOf(model, activity)],
        ["observed", observedIn(activity, observation)],
      ],
    ),
    `![Flows of activity ${number} over the system view; the table below says the same](${drawing})`,
    "",
    ...table(
      ["flow", "from", "to", "data", "action", "how"],
      activity.flows.map((flow) => [
        badgeOf(activity, flow),
        namesOf(model.parties, [flow.from]),
        namesOf(model.parties, [flow.to]),
        namesOf(model.data, flow.data),
        flow.actions.join(", "),
        flow.how,
      ]),
    ),
  ];
}

function observedIn({ id }: Activity, observation: Observation | undefined): string {
  if (observation === undefined) return UNSEEN;
  const { count, bytes } = passagesOf(observation.rows.filter(({ activity }) => activity === id));
  return `${count} passages, ${bytesInWords(bytes)}`;
}

function categories(model: Model): string[] {
  return [
    "## Data",
    "",
    ...table(
      ["data", "storage", "source and role", "identifiers", "of a person"],
      model.data.map(({ name, storage: where, sources, identifiers, personal }) => [
        name,
        where,
        sources.map((source) => SOURCES[source]).join(", "),
        identifiers.join(", "),
        personal,
      ]),
    ),
  ];
}

function storage(model: Model): string[] {
  return [
    "## Where it stays",
    "",
    ...table(
      ["data", "kept at", "who may read it", "how long", "how it is erased"],
      model.data.flatMap(({ name, kept }) =>
        kept.map(({ at, readers, howLong, erasure }) => [
          name,
          namesOf(model.parties, [at]),
          readers.length === model.roles.length ? "all roles" : namesOf(model.roles, readers),
          howLong,
          erasure,
        ]),
      ),
    ),
  ];
}

/** What a drawing shows, for who does not see it. */
function inWords(model: Model, activity: Activity): string {
  return activity.flows
    .map((flow) => {
      const [from, to] = [flow.from, flow.to].map((id) => namesOf(model.parties, [id]));
      return `${badgeOf(activity, flow)}, ${from} to ${to}: ${namesOf(model.data, flow.data)}.`;
    })
    .join(" ");
}

function categoriesOf(model: Model, { data }: Activity): string {
  return data
    .map((id) => {
      const { name, sources } = model.data.find((known) => known.id === id)!;
      return `${sources.map((source) => SOURCES[source]).join(", ")} (${name})`;
    })
    .join("; ");
}

function devicesOf(model: Model, { flows }: Activity): string {
  const ids = flows.flatMap(({ from, to }) => [from, to]);
  return [...new Set(ids.map((id) => model.parties.find((party) => party.id === id)!.device))].join("; ");
}

function namesOf(known: readonly { id: string; name: string }[], ids: readonly string[]): string {
  return ids.map((id) => known.find((item) => item.id === id)!.name).join("; ");
}
