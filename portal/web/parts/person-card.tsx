import { useState } from "react";
import type { Person } from "../../api.ts";
import { useLocale } from "../locale.tsx";
import { goTo } from "../navigation.tsx";
import { put, remove } from "../portal-api.ts";
import { useResource } from "../resource.ts";
import { useSite } from "../site.tsx";
import { Loaded } from "./views.tsx";

const FIELDS = ["name", "phone", "address"] as const;

/** What one has said of oneself: to change, to take along, and to erase. */
export function PersonCard() {
  const { words } = useLocale();
  const person = useResource<Person>("/api/v1/me/person");
  return (
    <section className="card" aria-labelledby="person">
      <h2 id="person">{words.personTitle}</h2>
      <p className="hint">{words.personHint}</p>
      <Loaded of={person} rows={2}>
        {(known) => <PersonForm person={known} />}
      </Loaded>
      <p>
        <a href="/api/v1/me/export.json" download>
          {words.takeAlong}
        </a>
      </p>
      <Erase />
    </section>
  );
}

function PersonForm({ person }: { person: Person }) {
  const { words } = useLocale();
  const [state, setState] = useState<"idle" | "saved" | "failed">("idle");
  const labels = { name: words.personName, phone: words.personPhone, address: words.personAddress };
  const save = async (form: FormData) => {
    const said = Object.fromEntries(FIELDS.map((field) => [field, String(form.get(field))]));
    const { ok } = await put("/api/v1/me/person", said, new AbortController().signal);
    setState(ok ? "saved" : "failed");
  };
  return (
    <form
      className="grant-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save(new FormData(event.currentTarget));
      }}
    >
      {FIELDS.map((field) => (
        <label key={field}>
          {labels[field]}
          <input name={field} defaultValue={person[field]} maxLength={100} autoComplete="off" />
        </label>
      ))}
      <button type="submit" className="button" data-testid="person-save">
        {words.save}
      </button>
      <p className="hint" role="status">
        {state === "saved" && words.saved}
        {state === "failed" && words.grantFailed}
      </p>
    </form>
  );
}

/** Two steps, since nothing brings it back. */
function Erase() {
  const { words } = useLocale();
  const { reload } = useSite();
  const erase = async () => {
    await remove("/api/v1/me/person", {}, new AbortController().signal);
    reload();
    goTo({ page: "start" });
  };
  return (
    <details>
      <summary>{words.erase}</summary>
      <p>{words.eraseHint}</p>
      <button type="button" className="button" data-testid="erase" onClick={() => void erase()}>
        {words.eraseNow}
      </button>
    </details>
  );
}
