import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand as PutLogPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  DeleteParameterCommand,
  DeleteResourcePolicyCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetResourcePoliciesCommand,
  PutParameterCommand,
  PutResourcePolicyCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../../../test/support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { movableClock } from "../../../kernel/clock.ts";

/** Parameters that other accounts may read, and what parameters' own policies tell of. */

const clock = movableClock();
const hour = 3_600_000;
const arn = "arn:aws:ssm:us-east-1:000000000000:parameter/shared/flag";
let roadstead: TestRoadstead;
let owner: SSMClient;
let stranger: SSMClient;

beforeAll(async () => {
  roadstead = await testRoadstead({}, { clock });
  owner = new SSMClient({ ...roadstead.client(), maxAttempts: 1 });
  stranger = new SSMClient({ ...roadstead.client("111122223333"), maxAttempts: 1 });
});

afterAll(async () => {
  owner?.destroy();
  stranger?.destroy();
  await roadstead?.stop();
});

function policyFor(account: string): string {
  const Principal = { AWS: `arn:aws:iam::${account}:root` };
  const Statement = [{ Effect: "Allow", Principal, Action: "ssm:GetParameter", Resource: arn }];
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

const put = (Name: string, input: object = {}) =>
  owner.send(new PutParameterCommand({ Name, Value: "on", Type: "String", Tier: "Advanced", ...input }));

describe("a parameter with a resource policy", () => {
  const read = () => stranger.send(new GetParameterCommand({ Name: arn }));

  test("is read by the account that the policy names, as long as there is the policy", async () => {
    await put("/shared/flag");
    await expect(read()).rejects.toThrow(/not authorized to perform: ssm:GetParameter/);
    const command = new PutResourcePolicyCommand({ ResourceArn: arn, Policy: policyFor("111122223333") });
    const { PolicyId, PolicyHash } = await owner.send(command);
    expect((await read()).Parameter).toMatchObject({ Value: "on", ARN: arn });
    const { Policies } = await owner.send(new GetResourcePoliciesCommand({ ResourceArn: arn }));
    expect(Policies).toEqual([{ PolicyId, PolicyHash, Policy: policyFor("111122223333") }]);

    const other = { ResourceArn: arn, Policy: policyFor("222233334444"), PolicyId };
    const stale = owner.send(new PutResourcePolicyCommand({ ...other, PolicyHash: "0" }));
    await expect(stale).rejects.toMatchObject({ name: "ResourcePolicyConflictException" });
    const changed = await owner.send(new PutResourcePolicyCommand({ ...other, PolicyHash }));
    expect(changed.PolicyId).toBe(PolicyId);
    await expect(read()).rejects.toThrow(/not authorized/);

    const gone = { ResourceArn: arn, PolicyId };
    await expect(owner.send(new DeleteResourcePolicyCommand({ ...gone, PolicyHash }))).rejects.toMatchObject({
      name: "ResourcePolicyConflictException",
    });
    await owner.send(new DeleteResourcePolicyCommand({ ...gone, PolicyHash: changed.PolicyHash }));
    expect((await owner.send(new GetResourcePoliciesCommand({ ResourceArn: arn }))).Policies).toEqual([]);
  });

  test("loses it with its name", async () => {
    await owner.send(new PutResourcePolicyCommand({ ResourceArn: arn, Policy: policyFor("111122223333") }));
    await owner.send(new DeleteParameterCommand({ Name: "/shared/flag" }));
    await put("/shared/flag");
    await expect(read()).rejects.toThrow(/not authorized/);
  });

  test.each([
    [
      "ResourcePolicyInvalidParameterException",
      "no ARN of a parameter",
      { ResourceArn: "arn:aws:s3:::bucket-of-mine" },
    ],
    ["ResourceNotFoundException", "one that is not there", { ResourceArn: `${arn}s` }],
    ["MalformedResourcePolicyDocumentException", "no policy", { Policy: '{"Statement":[]}x' }],
    ["ResourcePolicyNotFoundException", "a policy that is not there", { PolicyId: "none", PolicyHash: "0" }],
  ])("is refused with %s for %s", async (name, _what, input) => {
    const given = { ResourceArn: arn, Policy: policyFor("111122223333"), ...input };
    await expect(owner.send(new PutResourcePolicyCommand(given))).rejects.toMatchObject({ name });
  });

  test("is an advanced one", async () => {
    await put("plain", { Tier: "Standard" });
    const ResourceArn = "arn:aws:ssm:us-east-1:000000000000:parameter/plain";
    const given = { ResourceArn, Policy: policyFor("111122223333") };
    await expect(owner.send(new PutResourcePolicyCommand(given))).rejects.toThrow(/advanced/);
  });
});

describe("a parameter's own policies", () => {
  const logs = () => new CloudWatchLogsClient(roadstead.client());

  async function told(): Promise<{ readonly detail: Record<string, string> }[]> {
    const client = logs();
    const { events = [] } = await client.send(
      new FilterLogEventsCommand({ logGroupName: "/policies", startTime: 0, interleaved: true }),
    );
    client.destroy();
    return events.map(({ message = "{}" }) => JSON.parse(message));
  }

  test("tell of its end, before and after, and of silence", async () => {
    const client = logs();
    const events = new EventBridgeClient(roadstead.client());
    await client.send(new CreateLogGroupCommand({ logGroupName: "/policies" }));
    const Principal = { Service: "events.amazonaws.com" };
    const Statement = [{ Effect: "Allow", Principal, Action: "logs:*", Resource: "*" }];
    const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
    await client.send(new PutLogPolicyCommand({ policyName: "events", policyDocument }));
    const EventPattern = JSON.stringify({ "detail-type": ["Parameter Store Policy Action"] });
    await events.send(new PutRuleCommand({ Name: "policies", EventPattern }));
    const Arn = "arn:aws:logs:us-east-1:000000000000:log-group:/policies";
    await events.send(new PutTargetsCommand({ Rule: "policies", Targets: [{ Id: "log", Arn }] }));
    client.destroy();
    events.destroy();

    const policies = [
      { Type: "Expiration", Attributes: { Timestamp: new Date(clock.now() + 48 * hour).toISOString() } },
      { Type: "ExpirationNotification", Attributes: { Before: "6", Unit: "Hours" } },
      { Type: "NoChangeNotification", Attributes: { After: "1", Unit: "Days" } },
    ].map((policy) => ({ ...policy, Version: "1.0" }));
    await put("ending", { Policies: JSON.stringify(policies) });
    const statuses = async () => {
      const { Parameters } = await owner.send(
        new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: ["ending"] }] }),
      );
      return Parameters?.[0]?.Policies?.map(({ PolicyStatus }) => PolicyStatus);
    };
    expect(await statuses()).toEqual(["Pending", "Pending", "Pending"]);
    const kinds = async () => (await told()).map(({ detail }) => detail["policy-type"]);
    const within = async (ms: number, count: number) => {
      clock.advance(ms);
      await eventually(20, async () => (await told()).length >= count);
      return kinds();
    };
    expect(await within(24 * hour, 1)).toEqual(["NoChangeNotification"]);
    expect(await statuses()).toEqual(["Pending", "Pending", "Finished"]);
    expect(await within(18 * hour, 2)).toEqual(["NoChangeNotification", "ExpirationNotification"]);
    expect(await within(6 * hour, 3)).toEqual([
      "NoChangeNotification",
      "ExpirationNotification",
      "Expiration",
    ]);
    expect((await told())[0]?.detail).toMatchObject({
      "parameter-name": "ending",
      "parameter-type": "String",
      "policy-content": JSON.stringify(policies[2]),
      "action-status": "Success",
    });
    await expect(owner.send(new GetParameterCommand({ Name: "ending" }))).rejects.toMatchObject({
      name: "ParameterNotFound",
    });
  });

  test("count from a change anew", async () => {
    const Policies = JSON.stringify([
      { Type: "NoChangeNotification", Version: "1.0", Attributes: { After: "1", Unit: "Days" } },
    ]);
    await put("quiet", { Policies });
    clock.advance(20 * hour);
    await put("quiet", { Policies, Overwrite: true });
    const before = (await told()).length;
    clock.advance(20 * hour);
    await put("other", { Policies });
    expect((await told()).length).toBe(before);
    clock.advance(4 * hour);
    expect(await eventually(20, async () => (await told()).length === before + 1)).toBe(true);
    expect((await told()).at(-1)?.detail["parameter-name"]).toBe("quiet");
  });

  test.each([
    ["no number", { After: "soon", Unit: "Days" }],
    ["no unit", { After: "1" }],
    ["nothing", {}],
  ])("say nothing of %s", async (_what, Attributes) => {
    const Policies = JSON.stringify([{ Type: "NoChangeNotification", Version: "1.0", Attributes }]);
    await expect(put("wrong", { Policies })).rejects.toMatchObject({
      name: "InvalidPolicyAttributeException",
    });
  });
});
