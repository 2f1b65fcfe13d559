import { DescribeConnectionCommand, EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { terraformExample } from "../support/terraform.ts";

const account = "444444444444";
const example = terraformExample("terraform-events", account);
afterAll(() => example.remove());

describe.skipIf(example.unavailable !== undefined)(
  "Terraform's AWS provider on connections, archives and replicas",
  { timeout: 300_000 },
  () => {
    let roadstead: TestRoadstead;
    let events: EventBridgeClient;
    beforeAll(async () => {
      roadstead = await testRoadstead();
      events = new EventBridgeClient(roadstead.client(account, "eu-west-1"));
    });
    afterAll(async () => {
      events?.destroy();
      await roadstead?.stop();
    });

    async function secretAt(region: string, SecretId: string | undefined): Promise<string | undefined> {
      const client = new SecretsManagerClient(roadstead.client(account, region));
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
      client.destroy();
      return SecretString;
    }

    const connection = () => events.send(new DescribeConnectionCommand({ Name: "warehouse" }));
    const terraform = (action: string, ...args: readonly string[]) =>
      example.run(roadstead.url, action, ...args);

    test("applies the example, and then has nothing to change", async () => {
      const applied = await terraform("apply", "-auto-approve");
      expect(applied.code, applied.text).toBe(0);
      const plan = await terraform("plan", "-detailed-exitcode");
      expect(plan.code, plan.text).toBe(0);
      expect(await secretAt("us-east-1", "shared")).toBe("one");
    });

    test("changes a key in place", async () => {
      const before = await connection();
      const applied = await terraform("apply", "-auto-approve", "-var=api_key=k-2");
      expect(applied.code, applied.text).toBe(0);
      const { ConnectionArn, SecretArn } = await connection();
      expect([ConnectionArn, SecretArn]).toEqual([before.ConnectionArn, before.SecretArn]);
      expect(JSON.parse((await secretAt("eu-west-1", SecretArn)) ?? "{}")).toMatchObject({
        api_key_value: "k-2",
      });
    });

    test("takes everything away", async () => {
      const destroyed = await terraform("destroy", "-auto-approve");
      expect(destroyed.code, destroyed.text).toBe(0);
      await expect(connection()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    });
  },
);
