import type { Database } from "../database.ts";
import type { Directory } from "../directory.ts";

/** The directory that the portal was given, less the names of farms whose farmer erased himself. */
export type Forgetting = {
  /** Always as it is now: names go out of it while it is in use. */
  readonly directory: Directory;
  forget(farm: string): void;
};

/** Names are replaced by the ids' own numbers; those who erased themselves are remembered by the farm's id alone. */
export function createForgetting({
  database,
  directory: given,
}: {
  database: Database;
  directory: Directory;
}): Forgetting {
  const directory = structuredClone(given);
  const rename = (farm: string) => {
    for (const [i, facts] of directory.farms.entries())
      if (facts.id === farm) facts.name = { en: `Farm ${i + 1}`, zh: `${i + 1} 号养殖场` };
    const ponds = directory.ponds.filter((pond) => pond.farm === farm);
    for (const [i, pond] of ponds.entries()) pond.name = { en: `Pond ${i + 1}`, zh: `${i + 1} 号塘` };
  };
  for (const { farm } of database.all<{ farm: string }>("SELECT farm FROM forgotten")) rename(farm);
  return {
    directory,
    forget(farm) {
      database.run("INSERT INTO forgotten (farm) VALUES (?) ON CONFLICT DO NOTHING", farm);
      rename(farm);
    },
  };
}
