import { page, type ServicePages } from "../frame/pages.ts";

/** Route 53. */
export const route53Pages: ServicePages = {
  title: "Route 53",
  home: "/route53",
  about: "Hosted zones and their records, and the health checks that decide which are answered.",
  sections: [
    {
      links: [
        { text: "Hosted zones", to: "/route53/hosted-zones" },
        { text: "Health checks", to: "/route53/health-checks" },
      ],
    },
  ],
  pages: [
    page("/route53", () => import("./zones-page.tsx"), "ZonesPage"),
    page("/route53/hosted-zones", () => import("./zones-page.tsx"), "ZonesPage"),
    page("/route53/hosted-zones/:zone", () => import("./zone-page.tsx"), "ZonePage"),
    page("/route53/health-checks", () => import("./health-checks-page.tsx"), "HealthChecksPage"),
  ],
};
