import { type ReactNode, useEffect } from "react";
import type { Overview } from "../api.ts";
import { LiveProvider } from "./live.tsx";
import { LocaleProvider, useLocale } from "./locale.tsx";
import { useRoute } from "./navigation.tsx";
import { AuditorPage } from "./pages/auditor-page.tsx";
import { BatchPage } from "./pages/batch-page.tsx";
import { ClaimPage } from "./pages/claim-page.tsx";
import { EventsPage } from "./pages/events-page.tsx";
import { FarmPage } from "./pages/farm-page.tsx";
import { InsurerPage } from "./pages/insurer-page.tsx";
import { PondPage } from "./pages/pond-page.tsx";
import { PortfolioPage } from "./pages/portfolio-page.tsx";
import { ProbePage } from "./pages/probe-page.tsx";
import { ProviderPage } from "./pages/provider-page.tsx";
import { ReadingPage } from "./pages/reading-page.tsx";
import { StartPage } from "./pages/start-page.tsx";
import { SignInPage } from "./parts/sign-in.tsx";
import { SourceNotices, TopBar } from "./parts/top-bar.tsx";
import { Failed, Loading, Offline } from "./parts/views.tsx";
import { type Resource, useResource } from "./resource.ts";
import type { Route } from "./router.ts";
import { SiteContext } from "./site.tsx";

/** Before the site is known; the first answer names its own. */
const FIRST_ZONE = "Asia/Shanghai";
const OVERVIEW_EVERY_MS = 5_000;

export function App() {
  const overview = useResource<Overview>("/api/v1/overview", { everyMs: OVERVIEW_EVERY_MS });
  const route = useRoute();
  return (
    <LocaleProvider timeZone={overview.data?.site.timeZone ?? FIRST_ZONE}>
      <LiveProvider
        farm={"farm" in route ? route.farm : undefined}
        account={overview.data?.session.me?.account}
      >
        {overview.data === undefined ? (
          <main className="page">{overview.failed ? <Unreachable overview={overview} /> : <Loading />}</main>
        ) : (
          <SiteContext value={{ ...overview.data, reload: overview.reload }}>
            <Shell route={route}>
              {overview.data.session.me === null && needsAccount(route) ? (
                <SignInPage />
              ) : (
                <Page route={route} />
              )}
            </Shell>
          </SiteContext>
        )}
      </LiveProvider>
    </LocaleProvider>
  );
}

const needsAccount = ({ page }: Route) => page !== "start" && page !== "unknown";

/** Nothing was loaded: with no answer at all this is a phone without a network, which the reader should know. */
function Unreachable({ overview: { failed, reload } }: { overview: Resource<Overview> }) {
  return failed?.problem === undefined ? <Offline onRetry={reload} /> : <Failed onRetry={reload} />;
}

function Shell({ route, children }: { route: Route; children: ReactNode }) {
  const { words } = useLocale();
  useEffect(() => {
    document.title = words.brand;
  }, [words]);
  return (
    <>
      <a className="skip" href="#content">
        {words.skipToContent}
      </a>
      <TopBar route={route} />
      <main id="content" tabIndex={-1} className={`page page-${route.page}`}>
        <SourceNotices />
        {children}
      </main>
    </>
  );
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "start":
      return <StartPage />;
    case "farm":
      return <FarmPage farm={route.farm} tab={route.tab} />;
    case "pond":
      return <PondPage farm={route.farm} pond={route.pond} />;
    case "farm-claim":
      return <ClaimPage claim={route.claim} farm={route.farm} />;
    case "insurer":
      return <InsurerPage />;
    case "insurer-claim":
      return <ClaimPage claim={route.claim} />;
    case "portfolio":
      return <PortfolioPage />;
    case "provider":
      return <ProviderPage />;
    case "probe":
      return <ProbePage device={route.device} />;
    case "auditor":
      return <AuditorPage />;
    case "events":
      return <EventsPage />;
    case "batch":
      return <BatchPage batch={route.batch} />;
    case "reading":
      return <ReadingPage stream={route.stream} seq={route.seq} />;
    case "unknown":
      return <Failed missing />;
  }
}
