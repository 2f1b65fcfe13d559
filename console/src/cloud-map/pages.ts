import { page, type ServicePages } from "../frame/pages.ts";

/** Cloud Map: by which names containers find each other. */
export const cloudMapPages: ServicePages = {
  title: "Cloud Map",
  home: "/cloudmap",
  about: "Namespaces, services and their instances: by which names containers find each other.",
  sections: [{ links: [{ text: "Namespaces", to: "/cloudmap/namespaces" }] }],
  pages: [
    page("/cloudmap", () => import("./namespaces-page.tsx"), "NamespacesPage"),
    page("/cloudmap/namespaces", () => import("./namespaces-page.tsx"), "NamespacesPage"),
    page("/cloudmap/namespaces/:namespace", () => import("./namespace-page.tsx"), "NamespacePage"),
    page("/cloudmap/namespaces/:namespace/services", () => import("./namespace-page.tsx"), "NamespacePage"),
    page(
      "/cloudmap/namespaces/:namespace/services/:service",
      () => import("./service-page.tsx"),
      "DiscoveryServicePage",
    ),
    page("/cloudmap/services/:service", () => import("./service-page.tsx"), "DiscoveryServicePage"),
  ],
};
