import { page, type ServicePages } from "../frame/pages.ts";

/** Elastic Container Registry. */
export const ecrPages: ServicePages = {
  title: "Elastic Container Registry",
  home: "/ecr",
  about: "Repositories of container images, their replication and what is pulled through.",
  sections: [
    { links: [{ text: "Repositories", to: "/ecr/repositories" }] },
    {
      title: "Private registry",
      links: [
        { text: "Replication configuration", to: "/ecr/private-registry/replication" },
        { text: "Pull through cache", to: "/ecr/private-registry/pull-through-cache" },
        { text: "Permissions", to: "/ecr/private-registry/permissions" },
        { text: "Repository creation templates", to: "/ecr/private-registry/creation-templates" },
        { text: "Scanning configuration", to: "/ecr/private-registry/scanning" },
        { text: "Registry settings", to: "/ecr/private-registry/settings" },
      ],
    },
  ],
  pages: [
    page("/ecr", () => import("./repositories-page.tsx"), "RepositoriesPage"),
    page("/ecr/repositories", () => import("./repositories-page.tsx"), "RepositoriesPage"),
    page("/ecr/repositories/:name", () => import("./repository-page.tsx"), "RepositoryPage"),
    page("/ecr/repositories/:name/images", () => import("./repository-page.tsx"), "RepositoryPage"),
    page("/ecr/repositories/:name/images/:digest", () => import("./image-page.tsx"), "ImagePage"),
    page("/ecr/private-registry/replication", () => import("./replication-page.tsx"), "ReplicationPage"),
    page(
      "/ecr/private-registry/replication/edit",
      () => import("./replication-edit-page.tsx"),
      "ReplicationEditPage",
    ),
    page(
      "/ecr/private-registry/pull-through-cache",
      () => import("./pull-through-page.tsx"),
      "PullThroughPage",
    ),
    page(
      "/ecr/private-registry/permissions",
      () => import("./registry-policy-page.tsx"),
      "RegistryPolicyPage",
    ),
    page("/ecr/private-registry/creation-templates", () => import("./templates-page.tsx"), "TemplatesPage"),
    page("/ecr/private-registry/scanning", () => import("./scanning-page.tsx"), "ScanningPage"),
    page(
      "/ecr/private-registry/settings",
      () => import("./registry-settings-page.tsx"),
      "RegistrySettingsPage",
    ),
  ],
};
