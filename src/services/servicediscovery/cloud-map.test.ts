import {
  CreateHttpNamespaceCommand,
  CreateServiceCommand,
  DeleteNamespaceCommand,
  DeleteServiceAttributesCommand,
  DeleteServiceCommand,
  DeregisterInstanceCommand,
  DiscoverInstancesCommand,
  DiscoverInstancesRevisionCommand,
  GetInstanceCommand,
  GetInstancesHealthStatusCommand,
  GetNamespaceCommand,
  GetOperationCommand,
  GetServiceAttributesCommand,
  GetServiceCommand,
  ListInstancesCommand,
  ListNamespacesCommand,
  ListOperationsCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  RegisterInstanceCommand,
  ServiceDiscoveryClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateHttpNamespaceCommand,
  UpdateInstanceCustomHealthStatusCommand,
  UpdateServiceAttributesCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-servicediscovery";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../test/support/roadstead.ts";

let roadstead: TestRoadstead;
let cloudMap: ServiceDiscoveryClient;

beforeAll(async () => {
  roadstead = await testRoadstead();
  cloudMap = new ServiceDiscoveryClient({ ...roadstead.client(), disableHostPrefix: true });
});
afterAll(async () => {
  cloudMap?.destroy();
  await roadstead?.stop();
});

/** Waits until an operation has ended. */
async function done({ OperationId }: { readonly OperationId?: string | undefined }) {
  return vi.waitFor(async () => {
    const { Operation } = await cloudMap.send(new GetOperationCommand({ OperationId }));
    expect(["SUCCESS", "FAIL"]).toContain(Operation?.Status);
    return Operation;
  });
}

async function httpNamespace(name: string): Promise<string> {
  const operation = await done(await cloudMap.send(new CreateHttpNamespaceCommand({ Name: name })));
  return operation?.Targets?.NAMESPACE ?? "";
}

/** A service in a namespace with instances. */
async function service(
  namespace: string,
  name: string,
  instances: Readonly<Record<string, Record<string, string>>> = {},
  more: object = {},
): Promise<string> {
  const { Service } = await cloudMap.send(
    new CreateServiceCommand({ Name: name, NamespaceId: namespace, ...more }),
  );
  const ServiceId = Service?.Id ?? "";
  for (const [InstanceId, Attributes] of Object.entries(instances)) {
    await done(await cloudMap.send(new RegisterInstanceCommand({ ServiceId, InstanceId, Attributes })));
  }
  return ServiceId;
}

async function refusal(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  const { name, message } = error as Error;
  return { name, message };
}

describe("a namespace", () => {
  test("is made by an operation, described, listed by filters and deleted", async () => {
    const created = await cloudMap.send(
      new CreateHttpNamespaceCommand({ Name: "first", Description: "one", Tags: [{ Key: "k", Value: "v" }] }),
    );
    expect(created.OperationId).toMatch(/^[a-z2-7]{32}-[a-z2-7]{8}$/);
    const operation = await done(created);
    const id = operation?.Targets?.NAMESPACE ?? "";
    expect(operation).toMatchObject({ Type: "CREATE_NAMESPACE", Status: "SUCCESS" });
    expect(id).toMatch(/^ns-[a-z2-7]{16}$/);
    const { Namespace } = await cloudMap.send(new GetNamespaceCommand({ Id: id }));
    expect(Namespace).toMatchObject({
      Id: id,
      Arn: `arn:aws:servicediscovery:us-east-1:000000000000:namespace/${id}`,
      Name: "first",
      Type: "HTTP",
      Description: "one",
      ServiceCount: 0,
      Properties: { HttpProperties: { HttpName: "first" } },
    });
    const listed = await cloudMap.send(
      new ListNamespacesCommand({
        Filters: [{ Name: "NAME", Values: ["fir"], Condition: "BEGINS_WITH" }],
      }),
    );
    expect(listed.Namespaces?.map(({ Name }) => Name)).toEqual(["first"]);
    const none = await cloudMap.send(
      new ListNamespacesCommand({ Filters: [{ Name: "TYPE", Values: ["DNS_PUBLIC"] }] }),
    );
    expect(none.Namespaces).toEqual([]);
    await done(
      await cloudMap.send(new UpdateHttpNamespaceCommand({ Id: id, Namespace: { Description: "two" } })),
    );
    expect((await cloudMap.send(new GetNamespaceCommand({ Id: id }))).Namespace?.Description).toBe("two");
    await done(await cloudMap.send(new DeleteNamespaceCommand({ Id: id })));
    expect(await refusal(cloudMap.send(new GetNamespaceCommand({ Id: id })))).toEqual({
      name: "NamespaceNotFound",
      message: "Namespace not found",
    });
    const { Operations } = await cloudMap.send(
      new ListOperationsCommand({
        Filters: [
          { Name: "NAMESPACE_ID", Values: [id] },
          { Name: "STATUS", Values: ["SUCCESS", "FAIL"], Condition: "IN" },
        ],
      }),
    );
    expect(Operations).toHaveLength(3);
  });

  test("has its name to itself, and stays while it has services", async () => {
    const id = await httpNamespace("taken");
    const again = cloudMap.send(new CreateHttpNamespaceCommand({ Name: "taken" }));
    expect((await refusal(again)).name).toBe("NamespaceAlreadyExists");
    const held = await service(id, "holder");
    expect((await refusal(cloudMap.send(new DeleteNamespaceCommand({ Id: id })))).name).toBe("ResourceInUse");
    await cloudMap.send(new DeleteServiceCommand({ Id: held }));
    expect((await done(await cloudMap.send(new DeleteNamespaceCommand({ Id: id }))))?.Status).toBe("SUCCESS");
  });
});

describe("instances", () => {
  test("are registered, found by attributes, and gone when they are deregistered", async () => {
    const namespace = await httpNamespace("shop");
    const id = await service(namespace, "web", {
      a: { AWS_INSTANCE_IPV4: "10.0.0.1", AWS_INSTANCE_PORT: "80", stage: "blue" },
      b: { AWS_INSTANCE_IPV4: "10.0.0.2", AWS_INSTANCE_PORT: "80", stage: "green" },
    });
    const found = async (more: object) => {
      const { Instances } = await cloudMap.send(
        new DiscoverInstancesCommand({ NamespaceName: "shop", ServiceName: "web", ...more }),
      );
      return Instances?.map(({ InstanceId }) => InstanceId);
    };
    expect(await found({})).toEqual(["a", "b"]);
    expect(await found({ QueryParameters: { stage: "green" } })).toEqual(["b"]);
    expect(await found({ OptionalParameters: { stage: "red" } })).toEqual(["a", "b"]);
    expect(await found({ HealthStatus: "UNHEALTHY" })).toEqual(["a", "b"]);
    const revision = async () =>
      (
        await cloudMap.send(
          new DiscoverInstancesRevisionCommand({ NamespaceName: "shop", ServiceName: "web" }),
        )
      ).InstancesRevision ?? 0;
    const before = await revision();
    expect((await refusal(cloudMap.send(new DeleteServiceCommand({ Id: id })))).message).toBe(
      "Service contains registered instances; delete the instances before deleting the service",
    );
    await done(await cloudMap.send(new DeregisterInstanceCommand({ ServiceId: id, InstanceId: "a" })));
    expect(await revision()).toBeGreaterThan(before);
    expect(await found({})).toEqual(["b"]);
    const { Instances } = await cloudMap.send(new ListInstancesCommand({ ServiceId: id }));
    expect(Instances).toMatchObject([{ Id: "b", Attributes: { stage: "green" } }]);
    const gone = cloudMap.send(new GetInstanceCommand({ ServiceId: id, InstanceId: "a" }));
    expect((await refusal(gone)).name).toBe("InstanceNotFound");
    const { Services } = await cloudMap.send(
      new ListServicesCommand({ Filters: [{ Name: "NAMESPACE_ID", Values: [namespace] }] }),
    );
    expect(Services).toMatchObject([{ Name: "web", InstanceCount: 1, Type: "HTTP" }]);
  });

  test("are as healthy as somebody says, half a minute later", async () => {
    const namespace = await httpNamespace("clinic");
    const id = await service(
      namespace,
      "ward",
      { a: { AWS_INIT_HEALTH_STATUS: "HEALTHY" }, b: {} },
      { HealthCheckCustomConfig: { FailureThreshold: 3 } },
    );
    const { Service } = await cloudMap.send(new GetServiceCommand({ Id: id }));
    expect(Service?.HealthCheckCustomConfig).toEqual({ FailureThreshold: 1 });
    const health = async () =>
      (await cloudMap.send(new GetInstancesHealthStatusCommand({ ServiceId: id }))).Status;
    await cloudMap.send(
      new UpdateInstanceCustomHealthStatusCommand({ ServiceId: id, InstanceId: "a", Status: "UNHEALTHY" }),
    );
    expect(await health()).toEqual({ a: "HEALTHY", b: "HEALTHY" });
    await forward(31);
    await vi.waitFor(async () => expect(await health()).toEqual({ a: "UNHEALTHY", b: "HEALTHY" }));
    const found = async (HealthStatus: "HEALTHY" | "UNHEALTHY" | "ALL") =>
      (
        await cloudMap.send(
          new DiscoverInstancesCommand({ NamespaceName: "clinic", ServiceName: "ward", HealthStatus }),
        )
      ).Instances?.map(({ InstanceId }) => InstanceId);
    expect(await found("HEALTHY")).toEqual(["b"]);
    expect(await found("UNHEALTHY")).toEqual(["a"]);
    expect(await found("ALL")).toEqual(["a", "b"]);
    const plain = await service(namespace, "plain", { x: {} });
    const told = cloudMap.send(
      new UpdateInstanceCustomHealthStatusCommand({ ServiceId: plain, InstanceId: "x", Status: "HEALTHY" }),
    );
    expect((await refusal(told)).name).toBe("CustomHealthNotFound");
  });
});

describe("a service", () => {
  test("has attributes and tags", async () => {
    const namespace = await httpNamespace("attributed");
    const id = await service(namespace, "one");
    await cloudMap.send(
      new UpdateServiceAttributesCommand({ ServiceId: id, Attributes: { a: "1", b: "2" } }),
    );
    await cloudMap.send(new DeleteServiceAttributesCommand({ ServiceId: id, Attributes: ["a", "x"] }));
    const { ServiceAttributes } = await cloudMap.send(new GetServiceAttributesCommand({ ServiceId: id }));
    expect(ServiceAttributes?.Attributes).toEqual({ b: "2" });
    const ResourceARN = ServiceAttributes?.ServiceArn ?? "";
    await cloudMap.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key: "k", Value: "v" }] }));
    expect((await cloudMap.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual([
      { Key: "k", Value: "v" },
    ]);
    await cloudMap.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["k"] }));
    expect((await cloudMap.send(new ListTagsForResourceCommand({ ResourceARN }))).Tags).toEqual([]);
    await done(await cloudMap.send(new UpdateServiceCommand({ Id: id, Service: { Description: "d" } })));
    expect((await cloudMap.send(new GetServiceCommand({ Id: id }))).Service?.Description).toBe("d");
    const again = cloudMap.send(new CreateServiceCommand({ Name: "ONE", NamespaceId: namespace }));
    expect((await refusal(again)).name).toBe("ServiceAlreadyExists");
  });

  test("is refused by its form in Cloud Map's own words", async () => {
    const namespace = await httpNamespace("formal");
    const rows: readonly (readonly [object, RegExp])[] = [
      [{ Name: "x" }, /^Service namespace id cannot be null$/],
      [
        {
          Name: "x",
          NamespaceId: namespace,
          DnsConfig: { DnsRecords: [{ Type: "A", TTL: 1 }] },
        },
        /DnsConfig cannot be specified for a service in an HTTP namespace/,
      ],
      [
        {
          Name: "x",
          NamespaceId: namespace,
          HealthCheckConfig: { Type: "TCP" },
          HealthCheckCustomConfig: {},
        },
        /cannot both be specified/,
      ],
      [{ Name: "-", NamespaceId: namespace }, /^1 validation error detected: Value '-' at 'name' failed/],
    ];
    for (const [input, words] of rows) {
      const refused = await refusal(cloudMap.send(new CreateServiceCommand(input as never)));
      expect(refused.name).toBe("InvalidInput");
      expect(refused.message).toMatch(words);
    }
  });
});

async function forward(seconds: number): Promise<void> {
  const answer = await fetch(`${roadstead.url}/_roadstead/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advanceSeconds: seconds }),
  });
  expect(answer.status).toBe(200);
}
