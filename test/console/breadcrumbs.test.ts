import { expect, test } from "vitest";
import { breadcrumbsOf } from "../../console/src/frame/breadcrumbs.ts";

const Component = () => null;
const service = {
  ...{ title: "ECS", home: "/ecs", about: "" },
  sections: [{ links: [{ text: "Clusters", to: "/ecs/clusters" }] }],
  pages: [
    "/ecs/clusters",
    "/ecs/clusters/:cluster",
    "/ecs/clusters/:cluster/tasks/:task",
    "/ecs/clusters/:cluster/tasks/:task/exec/:container",
  ].map((path) => ({ path, Component })),
};

test.each<readonly [path: string, crumbs: readonly string[]]>([
  ["/ecs", ["ECS"]],
  ["/ecs/clusters", ["ECS", "Clusters"]],
  ["/ecs/clusters/a%2Fb", ["ECS", "Clusters", "a/b"]],
  // "tasks" and "exec" are no pages.
  ["/ecs/clusters/quay/tasks/1/exec/app", ["ECS", "Clusters", "quay", "1", "app"]],
  ["/ecs/clusters/%", ["ECS", "Clusters", "%"]],
])("%s", (path, crumbs) => {
  expect(breadcrumbsOf(service, path).map(({ text }) => text)).toEqual(crumbs);
});
