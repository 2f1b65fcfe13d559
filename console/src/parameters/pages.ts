import { page, type ServicePages } from "../frame/pages.ts";

/** Systems Manager, of which Parameter Store is served. */
export const parametersPages: ServicePages = {
  title: "Systems Manager",
  home: "/systems-manager",
  about: "Parameter Store: what containers are configured with.",
  sections: [{ links: [{ text: "Parameter Store", to: "/systems-manager/parameters" }] }],
  pages: [
    page("/systems-manager", () => import("./parameters-page.tsx"), "ParametersPage"),
    page("/systems-manager/parameters", () => import("./parameters-page.tsx"), "ParametersPage"),
    page("/systems-manager/parameters/:name", () => import("./parameter-page.tsx"), "ParameterPage"),
  ],
};
