import AppLayout from "@cloudscape-design/components/app-layout";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import { lazy, Suspense, useEffect, useState } from "react";
import { Route, Routes, useLocation, useNavigate, useSearchParams } from "react-router";
import { useLiveChanges } from "../aws/live.ts";
import { useRegion } from "../aws/region.ts";
import { ErrorBoundary } from "../parts/error-boundary.tsx";
import { Waiting } from "../parts/waiting.tsx";
import { breadcrumbsOf } from "./breadcrumbs.ts";
import { NotFoundPage } from "./not-found-page.tsx";
import { Notices, Notifications } from "./notifications.tsx";
import type { ServicePages } from "./pages.ts";
import { services } from "./services.ts";
import { TopBar } from "./top-bar.tsx";

const HomePage = lazy(async () => ({ default: (await import("./home-page.tsx")).HomePage }));

/** What stands around every page: the bar on top, the service's pages at the side, the way here, the notices. */
export function Frame() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const region = useRegion();
  useRegionInAddress(region);
  useLiveChanges();
  const service = services.find(({ home }) => pathname === home || pathname.startsWith(`${home}/`));
  const [navigationOpen, setNavigationOpen] = useState(() => window.innerWidth > 688);
  const follow = (event: CustomEvent<{ readonly href?: string; readonly external?: boolean }>): void => {
    const { href } = event.detail;
    if (href === undefined || event.detail.external === true) return;
    event.preventDefault();
    void navigate(`${href}?region=${region}`);
    if (window.innerWidth <= 688) setNavigationOpen(false);
  };

  return (
    <Notifications>
      <TopBar />
      <AppLayout
        headerSelector="#top"
        navigationHide={service === undefined}
        navigationOpen={navigationOpen}
        onNavigationChange={({ detail }) => setNavigationOpen(detail.open)}
        navigation={service && <Side service={service} path={pathname} onFollow={follow} />}
        breadcrumbs={
          service && <BreadcrumbGroup items={breadcrumbsOf(service, pathname)} onFollow={follow} />
        }
        notifications={<Notices />}
        stickyNotifications
        toolsHide
        ariaLabels={labels}
        content={
          <ErrorBoundary key={pathname}>
            <Suspense fallback={<Waiting />}>
              <Routes>
                <Route path="/" element={<HomePage />} />
                {services
                  .flatMap(({ pages }) => pages)
                  .map(({ path, Component }) => (
                    <Route key={path} path={path} element={<Component />} />
                  ))}
                <Route path="*" element={<NotFoundPage />} />
              </Routes>
            </Suspense>
          </ErrorBoundary>
        }
      />
    </Notifications>
  );
}

const labels = {
  navigation: "Pages of the service",
  navigationClose: "Close the pages of the service",
  navigationToggle: "Open the pages of the service",
  notifications: "Notifications",
} as const;

function Side({
  service,
  path,
  onFollow,
}: {
  readonly service: ServicePages;
  readonly path: string;
  readonly onFollow: NonNullable<SideNavigationProps["onFollow"]>;
}) {
  const links = service.sections.flatMap((section) => section.links);
  const active = links
    .map(({ to }) => to)
    .filter((to) => path === to || path.startsWith(`${to}/`))
    .sort((a, b) => b.length - a.length)[0];
  const items = service.sections.flatMap(({ title, links }): readonly SideNavigationProps.Item[] => {
    const items = links.map(({ text, to }) => ({ type: "link" as const, text, href: to }));
    return title === undefined ? items : [{ type: "section", text: title, items }];
  });
  return (
    <SideNavigation
      header={{ text: service.title, href: service.home }}
      activeHref={active}
      items={items}
      onFollow={onFollow}
    />
  );
}

/** The address always names the region, so that it can be given to somebody else. */
function useRegionInAddress(region: string): void {
  const [parameters, setParameters] = useSearchParams();
  const named = parameters.get("region");
  useEffect(() => {
    if (named === region) return;
    setParameters(
      (before) => {
        before.set("region", region);
        return before;
      },
      { replace: true },
    );
  }, [named, region, setParameters]);
}
