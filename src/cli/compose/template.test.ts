import { expect, test } from "vitest";
import { readProject } from "./project.ts";
import { projectTemplate } from "./template.ts";

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
}

function resourcesOf(yaml: string): Readonly<Record<string, Resource>> {
  const template = projectTemplate(readProject(yaml, { name: "shop" }, {}));
  return (template as { readonly Resources: Readonly<Record<string, Resource>> }).Resources;
}

test("whoever publishes ports comes after what leads to it, and after whom it depends on", () => {
  const resources = resourcesOf(`
services:
  web-site: {image: web, ports: ["8080:80", "8081:80"], depends_on: [api]}
  api: {image: api}
`);
  expect(resources.ServicewebXsite?.DependsOn).toEqual(["Way", "Port8080", "Port8081", "Serviceapi"]);
  expect(resources.ServicewebXsite?.Properties?.LoadBalancers).toEqual([
    { ContainerName: "web-site", ContainerPort: 80, TargetGroupArn: { Ref: "Targets8080" } },
    { ContainerName: "web-site", ContainerPort: 80, TargetGroupArn: { Ref: "Targets8081" } },
  ]);
  expect(resources.DefinitionwebXsite?.Properties?.ContainerDefinitions).toMatchObject([
    { Name: "web-site", PortMappings: [{ ContainerPort: 80 }], DnsSearchDomains: ["shop.local"] },
  ]);
  expect(resources.Serviceapi?.Properties?.LoadBalancers).toBeUndefined();
});

test("without published ports there is no load balancer", () => {
  const types = Object.values(resourcesOf("services: {api: {image: api}}")).map(({ Type }) => Type);
  expect(types.filter((type) => type.includes("LoadBalancing"))).toEqual([]);
  expect(types).toContain("AWS::ECS::Service");
});

test("every resource that is named is there", () => {
  const resources = resourcesOf("services: {web: {image: web, ports: [80]}, api: {image: api}}");
  const named = JSON.stringify(resources).matchAll(/"Ref":"([^:"]+)"|"Fn::GetAtt":\["([^"]+)"/g);
  const ids = [...named].map(([, ref, attribute]) => ref ?? attribute);
  const after = Object.values(resources).flatMap(({ DependsOn = [] }) => DependsOn);
  expect(ids.length).toBeGreaterThan(20);
  expect([...ids, ...after].filter((id) => id === undefined || resources[id] === undefined)).toEqual([]);
});
