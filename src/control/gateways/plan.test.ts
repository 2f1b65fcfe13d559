import { describe, expect, test } from "vitest";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import type { InspectedGateway } from "../../services/ecs/gateways/execution.ts";
import type { Gateway, GatewayBalancer } from "../../services/ecs/gateways/gateway.ts";
import type { Route, RouteResources } from "../../services/ecs/gateways/route.ts";
import { planGateway } from "./plan.ts";

const scope = { account: "000000000000" as AccountId, region: "us-east-1" as Region };
const key = { ...scope, gateway: "front" };
const nobody: ReadonlySet<string> = new Set();
const made: GatewayBalancer = { hash: "aaaa0000", set: true, loadBalancerArn: "lb", listenerArn: "listener" };
const complete: RouteResources = {
  ...{ balancer: made.hash, certificateArn: "certificate", certified: true, targetGroupArns: ["one", "two"] },
  ...{ serviceSecurityGroup: "sg-1", otherSecurityGroups: ["sg-0"], ruleArn: "rule", testHeader: "" },
};

function route(id: string, status: Route["status"], resources: RouteResources = {}): Route {
  const port = {
    portName: "web",
    containerName: "main",
    containerPort: 80,
    protocolVersion: "HTTP1",
  } as const;
  const service = { ...scope, cluster: "default", service: id };
  return {
    ...{ gateway: key, service, id, status, createdAt: 0 },
    document: { port, securityGroups: [], resources },
  };
}

interface Scene {
  readonly routes?: readonly Route[];
  readonly balancers?: readonly GatewayBalancer[];
  readonly maxAlbCount?: number;
  readonly status?: Gateway["status"];
  readonly inUse?: boolean;
  readonly leaves?: boolean;
}

function look(scene: Scene, failed = nobody) {
  const { routes = [], balancers = [], maxAlbCount = 10, status = "ACTIVE", inUse = false } = scene;
  const gateway: Gateway = {
    ...{ key, id: "0", arn: "arn" as Arn, status, createdAt: 0 },
    document: {
      ...{ infrastructureRoleArn: "role" as Arn, deletionProtection: false, propagateTags: "NONE" },
      settings: {
        ...{ scheme: "internal", ipAddressType: "ipv4", subnets: [], maxAlbCount, httpDesync: "defensive" },
      },
      ...{ vpcId: "vpc", vpcCidr: "", zones: [], balancers, creation: "", updatedAt: 0 },
    },
  };
  const found: InspectedGateway = {
    ...{ gateway, tags: [] },
    routes: routes.map((one) => ({ route: one, inUse })),
    associations: scene.leaves ? [{ key, cluster: "default", status: "DISASSOCIATING" }] : [],
  };
  const { step, until } = planGateway(found, failed, 1_000);
  return step === undefined ? until : [step.do, ...("route" in step ? [step.route.id] : [])];
}

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => route(`r${index}`, "ACTIVE", complete));

describe("what a gateway needs next", () => {
  test.each<readonly [string, Scene, ReturnType<typeof look>]>([
    ["nothing, without services", {}, undefined],
    [
      "a load balancer for the first route",
      { routes: [route("a", "CREATE_IN_PROGRESS")] },
      ["open-balancer"],
    ],
    [
      "a place on the load balancer that is there",
      { routes: [...many(24), route("a", "CREATE_IN_PROGRESS")], balancers: [made] },
      ["place-route", "a"],
    ],
    [
      "another load balancer, when that is full",
      { routes: [...many(25), route("a", "CREATE_IN_PROGRESS")], balancers: [made] },
      ["open-balancer"],
    ],
    [
      "a refusal, when there may be no more",
      { routes: [...many(25), route("a", "CREATE_IN_PROGRESS")], balancers: [made], maxAlbCount: 1 },
      ["refuse-route", "a"],
    ],
    [
      "the load balancer before what is on it",
      { routes: [route("a", "CREATE_IN_PROGRESS", { balancer: "b" })], balancers: [{ hash: "b" }] },
      ["make-balancer"],
    ],
    [
      "a certificate first",
      { routes: [route("a", "CREATE_FAILED", { balancer: made.hash })], balancers: [made] },
      ["request-certificate", "a"],
    ],
    [
      "an end, when all is made",
      { routes: [route("a", "UPDATE_IN_PROGRESS", complete)], balancers: [made] },
      ["settle-route", "a"],
    ],
    [
      "patience, while tasks are behind a route that goes",
      { routes: [route("a", "DELETE_IN_PROGRESS", complete)], balancers: [made], inUse: true, leaves: true },
      3_000,
    ],
    [
      "the removal of a route that nobody uses",
      { routes: [route("a", "DELETE_IN_PROGRESS", complete)], balancers: [made], leaves: true },
      ["remove-route", "a"],
    ],
    [
      "the removal of a load balancer without routes",
      { balancers: [made], leaves: true },
      ["remove-balancer"],
    ],
    ["an end of the association, then", { leaves: true }, ["dissociate"]],
    [
      "the association, as long as its cluster has a route",
      { routes: many(1), balancers: [made], leaves: true },
      undefined,
    ],
    [
      "an update, when nothing else is to be done",
      { routes: many(1), balancers: [made], status: "UPDATE_IN_PROGRESS" },
      ["update"],
    ],
  ])("%s", (_what, scene, expected) => expect(look(scene)).toEqual(expected));

  test("what failed does not hold up the others", () => {
    const routes = [route("a", "CREATE_IN_PROGRESS", complete), route("b", "CREATE_IN_PROGRESS", complete)];
    expect(look({ routes, balancers: [made] }, new Set(["a"]))).toEqual(["settle-route", "b"]);
    const leaving = [route("a", "DELETE_FAILED", complete), route("b", "DELETE_IN_PROGRESS", complete)];
    expect(look({ routes: leaving, balancers: [made] }, new Set(["a"]))).toEqual(["remove-route", "b"]);
  });
});
