import TopNavigation, { type TopNavigationProps } from "@cloudscape-design/components/top-navigation";
import { lazy, Suspense, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { keepRegion, regions, useRegion } from "../aws/region.ts";
import { callerName, endSession, leaveRole, useSession } from "../session/session.ts";
import { ResourceSearch } from "./resource-search.tsx";
import { services } from "./services.ts";
import { useTheme } from "./theme.ts";
import "./top-bar.css";

const SwitchRoleModal = lazy(async () => ({
  default: (await import("../session/switch-role-modal.tsx")).SwitchRoleModal,
}));

/** The bar on top: services, search, light or dark, region, and who is signed in. */
export function TopBar() {
  const navigate = useNavigate();
  const region = useRegion();
  const [, setParameters] = useSearchParams();
  const [theme, setTheme] = useTheme();
  const session = useSession();
  const [switching, setSwitching] = useState(false);
  if (session === undefined) return null;

  const account = { account: session.account, name: callerName(session) };
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: "menu-dropdown",
      text: "Services",
      iconName: "grid-view",
      items: services.map(({ title, home, about }) => ({ id: home, text: title, description: about })),
      onItemClick: ({ detail }) => void navigate(`${detail.id}?region=${region}`),
    },
    {
      type: "button",
      iconName: theme === "dark" ? "star-filled" : "star",
      ariaLabel: theme === "dark" ? "Use the light theme" : "Use the dark theme",
      title: theme === "dark" ? "Light theme" : "Dark theme",
      onClick: () => setTheme(theme === "dark" ? "light" : "dark"),
    },
    {
      type: "menu-dropdown",
      text: regions[region] ?? region,
      ariaLabel: `Region: ${regions[region] ?? ""} ${region}`,
      items: Object.entries(regions).map(([id, place]) => ({
        ...{ id, text: place, description: id },
        ...(id === region ? { iconName: "check" as const } : {}),
      })),
      onItemClick: ({ detail }) => {
        keepRegion(detail.id);
        setParameters((before) => {
          before.set("region", detail.id);
          return before;
        });
      },
    },
    {
      type: "menu-dropdown",
      text: account.name,
      description: account.account,
      iconName: "user-profile",
      items: [
        { id: "arn", text: session.arn, disabled: true },
        { id: "account", text: `Account ${account.account}`, disabled: true },
        session.before === undefined
          ? { id: "switch", text: "Switch role" }
          : { id: "back", text: `Switch back to ${callerName(session.before)}` },
        { id: "sign-out", text: "Sign out" },
      ],
      onItemClick: ({ detail }) => {
        if (detail.id === "switch") setSwitching(true);
        if (detail.id === "back") leaveRole();
        if (detail.id === "sign-out") endSession("signed-out");
      },
    },
  ];

  return (
    <div id="top">
      <TopNavigation
        identity={{
          href: "/",
          title: "Roadstead",
          logo: { src: "/mark.svg", alt: "The mark of Roadstead" },
          onFollow: (event) => {
            event.preventDefault();
            void navigate(`/?region=${region}`);
          },
        }}
        search={<ResourceSearch />}
        utilities={utilities}
        i18nStrings={{
          searchIconAriaLabel: "Search",
          searchDismissIconAriaLabel: "Close the search",
          overflowMenuTriggerText: "More",
          overflowMenuTitleText: "All",
          overflowMenuBackIconAriaLabel: "Back",
          overflowMenuDismissIconAriaLabel: "Close the menu",
        }}
      />
      {switching && (
        <Suspense fallback={null}>
          <SwitchRoleModal onClose={() => setSwitching(false)} />
        </Suspense>
      )}
    </div>
  );
}
