import { page, type ServicePages } from "../frame/pages.ts";

/** Identity and Access Management. */
export const iamPages: ServicePages = {
  title: "IAM",
  home: "/iam",
  about: "Users, groups, roles and the policies that say what they may do.",
  sections: [
    {
      title: "Access management",
      links: [
        { text: "User groups", to: "/iam/groups" },
        { text: "Users", to: "/iam/users" },
        { text: "Roles", to: "/iam/roles" },
        { text: "Policies", to: "/iam/policies" },
        { text: "Account settings", to: "/iam/account-settings" },
      ],
    },
    {
      title: "Insight",
      links: [
        { text: "Service-linked roles", to: "/iam/service-linked-roles" },
        { text: "Policy simulator", to: "/iam/simulator" },
      ],
    },
  ],
  pages: [
    page("/iam", () => import("./roles-page.tsx"), "RolesPage"),
    page("/iam/roles", () => import("./roles-page.tsx"), "RolesPage"),
    page("/iam/roles/:name", () => import("./role-page.tsx"), "RolePage"),
    page("/iam/users", () => import("./users-page.tsx"), "UsersPage"),
    page("/iam/users/:name", () => import("./user-page.tsx"), "UserPage"),
    page("/iam/groups", () => import("./groups-page.tsx"), "GroupsPage"),
    page("/iam/groups/:name", () => import("./group-page.tsx"), "GroupPage"),
    page("/iam/policies", () => import("./policies-page.tsx"), "PoliciesPage"),
    page("/iam/policies/:arn", () => import("./policy-page.tsx"), "PolicyPage"),
    page(
      "/iam/service-linked-roles",
      () => import("./service-linked-roles-page.tsx"),
      "ServiceLinkedRolesPage",
    ),
    page("/iam/account-settings", () => import("./account-settings-page.tsx"), "AccountSettingsPage"),
    page("/iam/simulator", () => import("./simulator-page.tsx"), "SimulatorPage"),
  ],
};
