import { page, type ServicePages } from "../frame/pages.ts";

/** Elastic Container Service. */
export const ecsPages: ServicePages = {
  title: "Elastic Container Service",
  home: "/ecs",
  about: "Clusters, services and tasks: what runs, what is being deployed, and why something stopped.",
  sections: [
    {
      links: [
        { text: "Clusters", to: "/ecs/clusters" },
        { text: "Task definitions", to: "/ecs/task-definitions" },
      ],
    },
  ],
  pages: [
    page("/ecs", () => import("./clusters-page.tsx"), "ClustersPage"),
    page("/ecs/clusters", () => import("./clusters-page.tsx"), "ClustersPage"),
    page("/ecs/clusters/:cluster", () => import("./cluster-page.tsx"), "ClusterPage"),
    page("/ecs/clusters/:cluster/services/:service", () => import("./service-page.tsx"), "ServicePage"),
    page("/ecs/clusters/:cluster/tasks/:task", () => import("./task-page.tsx"), "TaskPage"),
    page(
      "/ecs/clusters/:cluster/tasks/:task/exec/:container",
      () => import("../exec/exec-page.tsx"),
      "ExecPage",
    ),
    page(
      "/ecs/create-task-definition",
      () => import("./register-definition-page.tsx"),
      "RegisterDefinitionPage",
    ),
    page("/ecs/task-definitions", () => import("./task-definitions-page.tsx"), "TaskDefinitionsPage"),
    page("/ecs/task-definitions/:family", () => import("./task-definition-page.tsx"), "TaskDefinitionPage"),
  ],
};
