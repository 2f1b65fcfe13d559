import { page, type ServicePages } from "../frame/pages.ts";

/** Identity and Access Management. */
export const iamPages: ServicePages = {
  title: "IAM",
  home: "/iam",
  about: "Users, groups, roles and the policies that say what they may do.",
  global: true,
  sections: [
    {
      title: "Access management",
      links: [{ text: "Roles", to: "/iam/roles" }],
    },
  ],
  pages: [
    page("/iam", () => import("./roles-page.tsx"), "RolesPage"),
    page("/iam/roles", () => import("./roles-page.tsx"), "RolesPage"),
    page("/iam/roles/:name", () => import("./role-page.tsx"), "RolePage"),
  ],
};
