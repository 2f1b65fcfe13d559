import { ACMClient, ListCertificatesCommand } from "@aws-sdk/client-acm";
import { DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import * as ecs from "@aws-sdk/client-ecs";
import {
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  DetachRolePolicyCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import {
  GetResourcesCommand,
  ResourceGroupsTaggingAPIClient,
} from "@aws-sdk/client-resource-groups-tagging-api";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { second } from "../../../kernel/duration.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "../services/world.testing.ts";

const clock = movableClock();
const patience = { timeout: 60_000, interval: 100 };
const PolicyArn = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRoleForGatewayHostSharedALB";
const RoleName = "gateways";
/** Nobody answers health checks here. */
const healthCheckGracePeriodSeconds = 1_000_000;
const gatewayConnectors = [{ portName: "web" }];
let roadstead: TestRoadstead;
let world: ServiceWorld;
let elb: ElasticLoadBalancingV2Client;
let iam: IAMClient;
let infrastructureRoleArn: string;

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { clock, fargate: faringRuntime });
  world = await serviceWorld(roadstead);
  elb = new ElasticLoadBalancingV2Client(world.settings);
  iam = new IAMClient(world.settings);
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "ecs.amazonaws.com" }, Action: "sts:AssumeRole" }],
  };
  const AssumeRolePolicyDocument = JSON.stringify(trust);
  const { Role } = await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  infrastructureRoleArn = Role?.Arn ?? "";
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  const portMappings = [{ name: "web", containerPort: 8080, appProtocol: "http" as const }];
  await world.register({ containerDefinitions: [{ name: "main", image: "web:1", portMappings }] });
});
afterAll(() => roadstead?.stop());

async function create(name: string, more: Partial<ecs.CreateGatewayCommandInput> = {}): Promise<string> {
  const { gatewayArn, status } = await world.ecs.send(
    new ecs.CreateGatewayCommand({
      ...{ name, infrastructureRoleArn, configuration: { hostSharedAlb: {} }, deletionProtection: false },
      ...more,
    }),
  );
  expect(status).toBe("ACTIVE");
  return gatewayArn ?? "";
}

async function described(gateway: string): Promise<ecs.Gateway> {
  return (await world.ecs.send(new ecs.DescribeGatewayCommand({ gateway }))).gateway ?? {};
}

async function routes(gateway: string): Promise<readonly ecs.GatewayRouteSummary[]> {
  return (await world.ecs.send(new ecs.ListGatewayRoutesCommand({ gateway }))).gatewayRoutes ?? [];
}

async function associations(gateway: string) {
  const found = await world.ecs.send(new ecs.ListGatewayClusterAssociationsCommand({ gateway }));
  return found.gatewayClusterAssociations ?? [];
}

const service = async (cluster: string, name = "web") =>
  (await world.ecs.send(new ecs.DescribeServicesCommand({ cluster, services: [name] }))).services?.[0];

async function eventually(what: () => Promise<void>): Promise<void> {
  await vi.waitFor(async () => {
    clock.advance(5 * second);
    await what();
  }, patience);
}

/** Deletes services, then their gateway, and sees that nothing is left. */
async function leavesNothing(gateway: string, clusters: readonly string[], name = "web"): Promise<void> {
  for (const cluster of clusters) {
    await world.ecs.send(new ecs.DeleteServiceCommand({ cluster, service: name, force: true }));
    const { status } = await world.ecs.send(
      new ecs.DisassociateGatewayFromClusterCommand({ gateway, cluster }),
    );
    expect(status).toBe("DISASSOCIATING");
  }
  await eventually(async () => expect(await associations(gateway)).toEqual([]));
  expect(await routes(gateway)).toEqual([]);
  expect(await world.ecs.send(new ecs.DeleteGatewayCommand({ gateway }))).toMatchObject({
    status: "DELETED",
  });
  await expect(described(gateway)).rejects.toMatchObject({ name: "GatewayNotFoundException" });
  expect((await elb.send(new DescribeLoadBalancersCommand({}))).LoadBalancers).toEqual([]);
  expect((await elb.send(new DescribeTargetGroupsCommand({}))).TargetGroups).toEqual([]);
  const { SecurityGroups = [] } = await world.ec2.send(new DescribeSecurityGroupsCommand({}));
  expect(SecurityGroups.map(({ GroupName }) => GroupName)).toEqual(["default"]);
  const acm = new ACMClient(world.settings);
  expect((await acm.send(new ListCertificatesCommand({}))).CertificateSummaryList).toEqual([]);
  acm.destroy();
}

describe("gateways", { timeout: 120_000 }, () => {
  test("have services of two clusters share a load balancer, each behind its own name, and leave nothing", async () => {
    await world.ecs.send(new ecs.CreateClusterCommand({ clusterName: "second" }));
    const arn = await create("front", { tags: [{ key: "team", value: "web" }], clientToken: "once" });
    expect(arn).toMatch(/^arn:aws:ecs:us-east-1:\d{12}:gateway\/front\/[0-9a-f]{32}$/);
    expect(await create("front", { tags: [{ key: "team", value: "web" }], clientToken: "once" })).toBe(arn);
    expect(await described("front")).toMatchObject({
      ...{ gatewayArn: arn, status: "ACTIVE", accessType: "PUBLIC", propagateTags: "GATEWAY" },
      tags: [{ key: "team", value: "web" }],
      configuration: {
        hostSharedAlb: {
          ...{ scheme: "internet-facing", port: 443, protocol: "HTTPS", maxAlbCount: 10, currentAlbCount: 0 },
          httpDesync: "defensive",
        },
      },
    });
    const clusters = ["default", "second"];
    for (const cluster of clusters) {
      const associated = await world.ecs.send(
        new ecs.AssociateGatewayWithClusterCommand({ gateway: arn, cluster }),
      );
      expect(associated).toMatchObject({ gatewayArn: arn, status: "ACTIVE" });
      await world.create({ cluster, gatewayConnectors, healthCheckGracePeriodSeconds });
    }
    expect((await associations("front")).map(({ status }) => status)).toEqual(["ACTIVE", "ACTIVE"]);
    for (const cluster of clusters) {
      await eventually(async () => {
        const found = await service(cluster);
        expect(found?.deployments).toMatchObject([{ status: "PRIMARY", runningCount: 2 }]);
      });
    }
    const found = await routes("front");
    expect(found.map(({ status, serviceContainerPortName }) => [status, serviceContainerPortName])).toEqual([
      ["ACTIVE", "web"],
      ["ACTIVE", "web"],
    ]);
    const [first] = found;
    expect(first?.gatewayRouteArn).toMatch(/:gateway-route\/front\/[0-9a-f]{32}\/[0-9a-f]{32}$/);
    const { gatewayRoute } = await world.ecs.send(
      new ecs.DescribeGatewayRouteCommand({ gatewayRouteArn: first?.gatewayRouteArn }),
    );
    expect(gatewayRoute?.serviceUrl).toMatch(/^https:\/\/web-[0-9a-f]{8}\.ecs\.us-east-1\.on\.localhost$/);
    const [made] = gatewayRoute?.resources?.hostSharedAlb ?? [];
    expect(made?.loadBalancerSecurityGroups?.[0]?.ruleArns).toHaveLength(1);
    const { LoadBalancers = [] } = await elb.send(new DescribeLoadBalancersCommand({}));
    expect(LoadBalancers.map(({ LoadBalancerArn }) => LoadBalancerArn)).toEqual([made?.loadBalancerArn]);
    const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn: made?.listenerArn }));
    expect(Rules.map(({ Priority }) => Priority)).toEqual(["10001", "10002", "default"]);
    const { gatewayResources } = await world.ecs.send(
      new ecs.DescribeGatewayResourcesCommand({ gateway: "front" }),
    );
    expect(gatewayResources?.resources?.hostSharedAlb?.map((one) => one.gatewayRouteArns)).toEqual([
      found.map(({ gatewayRouteArn }) => gatewayRouteArn),
    ]);
    // What carries traffic: the tasks are targets, with a group beside the VPC's default one.
    const now = await service("default");
    expect(now?.loadBalancers).toEqual([]);
    const { serviceRevisions } = await world.ecs.send(
      new ecs.DescribeServiceRevisionsCommand({
        serviceRevisionArns: [now?.currentServiceRevisions?.[0]?.arn ?? ""],
      }),
    );
    expect(serviceRevisions?.[0]).toMatchObject({
      gatewayConnectors,
      ecsManagedResources: {
        gatewayConnections: [{ portName: "web", accessType: "PUBLIC", status: "ACTIVE", gatewayArn: arn }],
      },
    });
    const [connection] =
      serviceRevisions?.[0]?.ecsManagedResources?.gatewayConnections?.[0]?.resources?.hostSharedAlb ?? [];
    const { TargetHealthDescriptions = [] } = await elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: connection?.targetGroupArn }),
    );
    expect(TargetHealthDescriptions.map(({ Target }) => Target?.Port)).toEqual([8080, 8080]);
    const tagging = new ResourceGroupsTaggingAPIClient(world.settings);
    const { ResourceTagMappingList = [] } = await tagging.send(
      new GetResourcesCommand({ TagFilters: [{ Key: "team", Values: ["web"] }] }),
    );
    tagging.destroy();
    const tagged = ResourceTagMappingList.map(({ ResourceARN = "" }) => ResourceARN);
    expect(tagged).toContain(arn);
    expect(tagged).toContain(made?.loadBalancerArn);
    const held = world.ecs.send(new ecs.DeleteGatewayCommand({ gateway: "front" }));
    await expect(held).rejects.toThrow(/Disassociate all clusters first/);
    await leavesNothing("front", clusters);
  });

  test("bring an update to their load balancers, and tell what did not work", async () => {
    await create("changing", {
      configuration: { hostSharedAlb: { scheme: "internal" } },
      deletionProtection: true,
    });
    await world.ecs.send(
      new ecs.AssociateGatewayWithClusterCommand({ gateway: "changing", cluster: "default" }),
    );
    const serviceName = "private";
    await world.create({ serviceName, gatewayConnectors, desiredCount: 1 });
    await eventually(async () => expect((await routes("changing"))[0]?.status).toBe("ACTIVE"));
    const update = (more: Partial<ecs.UpdateGatewayCommandInput>) =>
      world.ecs.send(new ecs.UpdateGatewayCommand({ gateway: "changing", ...more }));
    const header = { name: "x-test", values: ["yes"] };
    const changed = await update({
      configuration: { hostSharedAlb: { httpDesync: "strictest", testTrafficRules: { header } } },
    });
    expect(changed.status).toBe("UPDATE_IN_PROGRESS");
    await eventually(async () => expect((await described("changing")).status).toBe("UPDATE_COMPLETE"));
    const [balancer] =
      (await world.ecs.send(new ecs.DescribeGatewayResourcesCommand({ gateway: "changing" })))
        .gatewayResources?.resources?.hostSharedAlb ?? [];
    const { loadBalancerArn: LoadBalancerArn, listenerArn: ListenerArn } = balancer ?? {};
    const { Attributes } = await elb.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }));
    expect(Attributes).toContainEqual({ Key: "routing.http.desync_mitigation_mode", Value: "strictest" });
    expect(Attributes).toContainEqual({ Key: "deletion_protection.enabled", Value: "true" });
    const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn }));
    expect(Rules.map(({ Priority }) => Priority)).toEqual(["1", "10001", "default"]);

    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
    await update({ configuration: { hostSharedAlb: { httpDesync: "monitor" } }, deletionProtection: false });
    await eventually(async () => expect((await described("changing")).status).toBe("UPDATE_FAILED"));
    const { failures } = await described("changing");
    expect(failures).toMatchObject([{ arn: LoadBalancerArn }]);
    expect(failures?.[0]?.errors).toContainEqual({
      operation: "elasticloadbalancing:ModifyLoadBalancerAttributes",
      code: "AccessDenied",
      message: expect.stringContaining("is not authorized to perform"),
    });
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    await leavesNothing("changing", ["default"], serviceName);
  });

  const connected = { serviceName: "wrong", gatewayConnectors };
  test.each([
    [
      "no gateway",
      connected,
      /^gatewayConnectors were specified but no gateways are associated with cluster/,
    ],
    [
      "two connectors",
      { ...connected, gatewayConnectors: [{ portName: "a" }, { portName: "b" }] },
      /at most 1/,
    ],
    ["an unknown port", { ...connected, gatewayConnectors: [{ portName: "ftp" }] }, /no TCP port mapping/],
    [
      "a wrong health check",
      { ...connected, gatewayConnectors: [{ portName: "web", healthCheck: { healthCheckPath: "ping" } }] },
      /healthCheckPath must begin with/,
    ],
  ])("a service with %s is refused", async (_what, more, message) => {
    await expect(world.create(more)).rejects.toThrow(message);
  });

  test("a service is refused where no gateway of its cluster matches", async () => {
    const gateway = "closed";
    await create(gateway, { configuration: { hostSharedAlb: { scheme: "internal" } } });
    const pair = { gateway, cluster: "default" };
    await world.ecs.send(new ecs.AssociateGatewayWithClusterCommand(pair));
    const filters = { accessTypes: ["PUBLIC" as const] };
    await expect(
      world.create({ ...connected, gatewayConnectors: [{ portName: "web", filters }] }),
    ).rejects.toThrow(/none of the gateways associated with cluster default match/);
    await world.ecs.send(new ecs.DisassociateGatewayFromClusterCommand(pair));
    await eventually(async () => expect(await associations(gateway)).toEqual([]));
    const again = world.ecs.send(new ecs.DisassociateGatewayFromClusterCommand(pair));
    await expect(again).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await world.ecs.send(new ecs.DeleteGatewayCommand({ gateway }));
  });

  test.each<readonly [string, ecs.HostSharedAlbConfiguration | undefined, RegExp]>([
    ["another port", { port: 80 }, /only the protocol HTTPS at port 443/],
    ["another protocol", { protocol: "HTTP" }, /only the protocol HTTPS at port 443/],
    ["a web ACL", { webACLArn: "arn:aws:wafv2:us-east-1:1:regional/webacl/a/b" }, /no AWS WAF/],
    ["too many load balancers", { maxAlbCount: 51 }, /maxAlbCount must be between 1 and 50/],
    ["no test header value", { testTrafficRules: { header: { name: "x", values: [] } } }, /1 to 5 values/],
    ["no bucket", { accessLogs: { destination: { s3: { bucket: "" } } } }, /needs a bucket/],
    [
      "unknown subnets",
      { networkConfiguration: { subnets: ["subnet-00000000000000000"] } },
      /unable to look up/,
    ],
  ])("with %s are refused", async (_what, hostSharedAlb, message) => {
    const configuration = { hostSharedAlb } as ecs.GatewayConfiguration;
    await expect(create("wrong", { configuration })).rejects.toThrow(message);
  });
});
