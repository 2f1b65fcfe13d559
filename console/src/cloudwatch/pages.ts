import { page, type ServicePages } from "../frame/pages.ts";

/** CloudWatch: alarms, metrics, dashboards and logs. */
export const cloudWatchPages: ServicePages = {
  title: "CloudWatch",
  home: "/cloudwatch",
  about: "Alarms and why they ring, metrics as charts, dashboards, and what containers wrote.",
  sections: [
    { links: [{ text: "Alarms", to: "/cloudwatch/alarms" }] },
    {
      title: "Metrics",
      links: [
        { text: "All metrics", to: "/cloudwatch/metrics" },
        { text: "Dashboards", to: "/cloudwatch/dashboards" },
      ],
    },
    {
      title: "Logs",
      links: [
        { text: "Log groups", to: "/cloudwatch/log-groups" },
        { text: "Logs Insights", to: "/cloudwatch/logs-insights" },
      ],
    },
  ],
  pages: [
    page("/cloudwatch", () => import("./alarms-page.tsx"), "AlarmsPage"),
    page("/cloudwatch/alarms", () => import("./alarms-page.tsx"), "AlarmsPage"),
    page("/cloudwatch/alarms/:name", () => import("./alarm-page.tsx"), "AlarmPage"),
    page("/cloudwatch/metrics", () => import("./metrics-page.tsx"), "MetricsPage"),
    page("/cloudwatch/dashboards", () => import("./dashboards-page.tsx"), "DashboardsPage"),
    page("/cloudwatch/dashboards/:name", () => import("./dashboard-page.tsx"), "DashboardPage"),
    page("/cloudwatch/log-groups", () => import("./log-groups-page.tsx"), "LogGroupsPage"),
    page("/cloudwatch/log-groups/:group", () => import("./log-group-page.tsx"), "LogGroupPage"),
    page("/cloudwatch/log-groups/:group/streams", () => import("./log-group-page.tsx"), "LogGroupPage"),
    page(
      "/cloudwatch/log-groups/:group/streams/:stream",
      () => import("./log-stream-page.tsx"),
      "LogStreamPage",
    ),
    page("/cloudwatch/logs-insights", () => import("./insights-page.tsx"), "InsightsPage"),
  ],
};
