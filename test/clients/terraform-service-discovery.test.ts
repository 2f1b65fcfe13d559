import { ListResourceRecordSetsCommand, Route53Client } from "@aws-sdk/client-route-53";
import {
  DiscoverInstancesCommand,
  ListNamespacesCommand,
  ServiceDiscoveryClient,
} from "@aws-sdk/client-servicediscovery";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { terraformExample } from "../support/terraform.ts";

const account = "222222222266";
const example = terraformExample("terraform-service-discovery", account);
afterAll(() => example.remove());

describe.skipIf(example.unavailable !== undefined)(
  "Terraform's AWS provider on Cloud Map",
  { timeout: 300_000 },
  () => {
    let roadstead: TestRoadstead;
    let cloudMap: ServiceDiscoveryClient;
    beforeAll(async () => {
      roadstead = await testRoadstead();
      cloudMap = new ServiceDiscoveryClient({
        ...roadstead.client(account, "eu-west-1"),
        disableHostPrefix: true,
      });
    });
    afterAll(async () => {
      cloudMap?.destroy();
      await roadstead?.stop();
    });

    test("applies the example, and then has nothing to change", async () => {
      const applied = await example.run(roadstead.url, "apply", "-auto-approve");
      expect(applied.code, applied.text).toBe(0);
      const plan = await example.run(roadstead.url, "plan", "-detailed-exitcode");
      expect(plan.code, plan.text).toBe(0);
    });

    test("what it made is found by name and in the zone", async () => {
      const { Instances } = await cloudMap.send(
        new DiscoverInstancesCommand({ NamespaceName: "inside.local", ServiceName: "database" }),
      );
      expect(Instances).toMatchObject([{ InstanceId: "primary", Attributes: { role: "primary" } }]);
      const { Namespaces = [] } = await cloudMap.send(new ListNamespacesCommand({}));
      const zone = Namespaces.find(({ Name }) => Name === "inside.local")?.Properties?.DnsProperties;
      const route53 = new Route53Client(roadstead.client(account, "eu-west-1"));
      const { ResourceRecordSets = [] } = await route53.send(
        new ListResourceRecordSetsCommand({ HostedZoneId: zone?.HostedZoneId }),
      );
      route53.destroy();
      const records = ResourceRecordSets.filter(({ Type }) => Type === "A" || Type === "SRV");
      expect(
        records.map(({ Name, Type, ResourceRecords = [] }) => [Name, Type, ResourceRecords[0]?.Value]),
      ).toEqual([
        ["database.inside.local.", "A", "10.30.0.5"],
        ["database.inside.local.", "SRV", "1 1 5432 primary.database.inside.local"],
        ["primary.database.inside.local.", "A", "10.30.0.5"],
      ]);
    });

    test("is destroyed without a trace", async () => {
      const destroyed = await example.run(roadstead.url, "destroy", "-auto-approve");
      expect(destroyed.code, destroyed.text).toBe(0);
      expect((await cloudMap.send(new ListNamespacesCommand({}))).Namespaces).toEqual([]);
    });
  },
);
