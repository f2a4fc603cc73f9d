import { type ReactNode, useState } from "react";
import type { Me, ReadyAccount, Role } from "../../api.ts";
import { useLocale } from "../locale.tsx";
import { goTo, Link } from "../navigation.tsx";
import type { Answer } from "../portal-api.ts";
import type { Route } from "../router.ts";
import { signInReady, signInWith, signOut, walletOf } from "../sign-in.ts";
import { useFarm, useSite } from "../site.tsx";
import { ArrowIcon, AuditorIcon, FarmIcon, InsurerIcon, ProviderIcon } from "./icons.tsx";
import { Identifier } from "./identifier.tsx";

type Desk = "insurer" | "provider" | "auditor";

/** The pages that are no farm's, and whose they are. */
const DESKS: readonly { page: Desk; of: readonly Role[] }[] = [
  { page: "insurer", of: ["underwriter", "products", "claims-officer", "arbiter"] },
  { page: "provider", of: ["registrar", "operator"] },
  { page: "auditor", of: ["auditor"] },
];
const DESK_ICONS: Record<Desk, () => ReactNode> = {
  insurer: InsurerIcon,
  provider: ProviderIcon,
  auditor: AuditorIcon,
};
/** The demo's accounts by their first part. */
const READY_ICONS: Record<string, () => ReactNode> = {
  farmer: FarmIcon,
  registrar: ProviderIcon,
  auditor: AuditorIcon,
};

type HomePlace = Extract<Route, { page: "farm" | Desk }>;

/** The pages of somebody, his own first; none: he has neither pond nor role. */
export function placesOf({ roles, farms }: Me): HomePlace[] {
  return [
    ...farms.map((farm): HomePlace => ({ page: "farm", farm, tab: "ponds" })),
    ...DESKS.flatMap(({ page, of }) => (roles.some((role) => of.includes(role)) ? [{ page }] : [])),
  ];
}

/** In front of a page that belongs to somebody. */
export function SignInPage() {
  const { words } = useLocale();
  return (
    <>
      <h1>{words.signIn}</h1>
      <p className="lead">{words.signInHint}</p>
      <SignIn stay />
    </>
  );
}

/** Who one is here, with his pages; or the ways to sign in. */
export function Who() {
  const { words } = useLocale();
  const { me } = useSite().session;
  return (
    <section aria-labelledby="roles">
      <h2 id="roles">{me === null ? words.whoAreYou : words.yourPages}</h2>
      {me === null ? <SignIn /> : <Places me={me} />}
    </section>
  );
}

function Places({ me }: { me: Me }) {
  const { words } = useLocale();
  const places = placesOf(me);
  return (
    <>
      {places.length === 0 ? (
        <p className="hint">{words.noRole}</p>
      ) : (
        <ul className="roles">
          {places.map((place) => (
            <li key={"farm" in place ? place.farm : place.page}>
              {place.page === "farm" ? <FarmCard farm={place.farm} /> : <DeskCard desk={place.page} />}
            </li>
          ))}
        </ul>
      )}
      <SignedIn me={me} />
    </>
  );
}

function FarmCard({ farm }: { farm: string }) {
  const { words, format, nameOf } = useLocale();
  const facts = useFarm(farm);
  const ponds = useSite().ponds.filter((pond) => pond.farm === farm).length;
  return (
    <Link to={{ page: "farm", farm, tab: "ponds" }} className="card role-card">
      <FarmIcon />
      <b>{facts === undefined ? farm : nameOf(facts.name)}</b>
      <span>{words.farmCard(format.count(ponds))}</span>
      <ArrowIcon />
    </Link>
  );
}

function DeskCard({ desk }: { desk: Desk }) {
  const { words } = useLocale();
  const Icon = DESK_ICONS[desk];
  return (
    <Link to={{ page: desk }} className="card role-card">
      <Icon />
      <b>{words[desk]}</b>
      <span>{words[`${desk}Card`]}</span>
      <ArrowIcon />
    </Link>
  );
}

function SignedIn({ me }: { me: Me }) {
  const { words } = useLocale();
  return (
    <p className="signed-in">
      {words.signedInAs} <Identifier id={me.account} /> <SignOutButton />
    </p>
  );
}

function ReadyIcon({ id }: { id: string }) {
  const Icon = READY_ICONS[id.split("-")[0]!] ?? InsurerIcon;
  return <Icon />;
}

export function SignOutButton() {
  const { words } = useLocale();
  const { reload } = useSite();
  const leave = async () => {
    await signOut(new AbortController().signal);
    reload();
    goTo({ page: "start" });
  };
  return (
    <button type="button" className="button quiet" data-testid="sign-out" onClick={() => void leave()}>
      {words.signOut}
    </button>
  );
}

/** The demo's ready accounts, each one click; and the browser's wallet. With `stay`, the page is the one asked for. */
function SignIn({ stay = false }: { stay?: boolean }) {
  const { words, nameOf } = useLocale();
  const { session, reload } = useSite();
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");
  const wallet = walletOf(window);
  const enter = async (signIn: (signal: AbortSignal) => Promise<Answer<Me>>) => {
    setState("busy");
    const answer = await signIn(new AbortController().signal);
    if (!answer.ok) return setState("failed");
    const [home] = placesOf(answer.value);
    if (!stay && home !== undefined) goTo(home);
    reload();
    return setState("idle");
  };
  const asReady = (account: ReadyAccount) => () => void enter((signal) => signInReady(account, signal));
  return (
    <>
      {session.ready !== null && (
        <ul className="roles">
          {session.ready.map((account) => (
            <li key={account.id}>
              <button
                type="button"
                className="card role-card"
                data-testid={`sign-in-${account.id}`}
                disabled={state === "busy"}
                onClick={asReady(account)}
              >
                <ReadyIcon id={account.id} />
                <b>{nameOf(account.name)}</b>
                <ArrowIcon />
              </button>
            </li>
          ))}
        </ul>
      )}
      {wallet !== undefined && (
        <button
          type="button"
          className="button primary"
          data-testid="sign-in-wallet"
          disabled={state === "busy"}
          onClick={() => void enter((signal) => signInWith(wallet, signal))}
        >
          {words.signInWallet}
        </button>
      )}
      {wallet === undefined && session.ready === null && <p>{words.signInNoWallet}</p>}
      <p className="hint" role="status">
        {state === "busy" ? words.signingIn : state === "failed" ? words.signInFailed : ""}
        {state === "idle" && session.ready !== null && words.readyHint}
      </p>
    </>
  );
}
