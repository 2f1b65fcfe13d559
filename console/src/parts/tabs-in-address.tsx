import Tabs, { type TabsProps } from "@cloudscape-design/components/tabs";
import { useSearchParams } from "react-router";

/** Tabs whose choice is part of the address, so that it can be given to somebody and survives a reload. */
export function TabsInAddress({
  tabs,
  label,
}: {
  readonly tabs: readonly TabsProps.Tab[];
  readonly label: string;
}) {
  const [parameters, setParameters] = useSearchParams();
  const chosen = parameters.get("tab");
  return (
    <Tabs
      ariaLabel={label}
      tabs={tabs}
      activeTabId={tabs.some(({ id }) => id === chosen) ? (chosen ?? undefined) : tabs[0]?.id}
      onChange={({ detail }) =>
        setParameters((before) => {
          before.set("tab", detail.activeTabId);
          return before;
        })
      }
    />
  );
}
