import { page, type ServicePages } from "../frame/pages.ts";

/** What happened: CloudTrail's history. */
export const trailPages: ServicePages = {
  title: "CloudTrail",
  home: "/cloudtrail",
  about: "What happened: every call, who made it, and why it was allowed or refused.",
  sections: [
    {
      links: [
        { text: "Event history", to: "/cloudtrail/events" },
        { text: "Decisions", to: "/cloudtrail/decisions" },
      ],
    },
  ],
  pages: [
    page("/cloudtrail", () => import("./events-page.tsx"), "EventsPage"),
    page("/cloudtrail/decisions", () => import("./decision-page.tsx"), "DecisionPage"),
    page("/cloudtrail/events", () => import("./events-page.tsx"), "EventsPage"),
  ],
};
