import { CloudTrailClient, paginateLookupEvents } from "@aws-sdk/client-cloudtrail";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import audit from "../../../../test/fixtures/captures/ecs/service_linked_role_audit.json" with {
  type: "json",
};
import roles from "../../../../test/fixtures/captures/ecs/service_linked_roles.json" with { type: "json" };
import forwarding from "../../../../test/fixtures/captures/ecs/service_role_forwarding.json" with {
  type: "json",
};
import {
  type ClientSettings,
  type TestRoadstead,
  testRoadstead,
} from "../../../../test/support/roadstead.ts";

/** Recordings of AWS, replayed: who makes AWSServiceRoleForECS and when, what keeps it, and what the trail shows. */

const account = roles.accountId;
let roadstead: TestRoadstead;

beforeAll(async () => {
  roadstead = await testRoadstead();
});
afterAll(() => roadstead.stop());

interface Sender {
  send(command: object): Promise<object>;
  destroy(): void;
}

interface Answer {
  readonly code: string;
  readonly message?: string;
  readonly output?: object;
}

/** Calls an operation as it is named on the command line: `create-cluster`. */
async function call(
  service: string,
  operation: string,
  input: object,
  settings: ClientSettings,
): Promise<Answer> {
  const module: Readonly<Record<string, unknown>> = { ...(service === "ecs" ? ecs : iam) };
  const name = operation.replace(/(^|-)(\w)/g, (_match, _dash, letter: string) => letter.toUpperCase());
  const Client = (service === "ecs" ? ecs.ECSClient : iam.IAMClient) as new (settings: object) => Sender;
  const Command = module[`${name}Command`] as new (input: object) => object;
  const client = new Client({ ...settings, maxAttempts: 1 });
  try {
    const { $metadata: _, ...output } = (await client.send(new Command(input))) as { $metadata?: object };
    return { code: "Success", output };
  } catch (error) {
    if (!(error instanceof iam.IAMServiceException) && !(error instanceof ecs.ECSServiceException))
      throw error;
    // The model's names; the wire's codes are without the suffix.
    const code = service === "iam" ? error.name.replace(/(Entity|Input)Exception$/, "$1") : error.name;
    return { code, message: error.message };
  } finally {
    client.destroy();
  }
}

/** Credentials of a session of the caller's role, as which the recording calls. */
async function sessionOf(roleName: string): Promise<ClientSettings> {
  const administrator = new iam.IAMClient(roadstead.client(account));
  const keys = await administrator.send(new iam.ListUsersCommand({}));
  if (!keys.Users?.some(({ UserName }) => UserName === "administrator")) {
    await administrator.send(new iam.CreateUserCommand({ UserName: "administrator" }));
    await administrator.send(
      new iam.AttachUserPolicyCommand({
        UserName: "administrator",
        PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
    );
  }
  const { AccessKey } = await administrator.send(
    new iam.CreateAccessKeyCommand({ UserName: "administrator" }),
  );
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
  const sts = new STSClient({ ...roadstead.client(account), credentials: { accessKeyId, secretAccessKey } });
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${roleName}`, RoleSessionName: roleName }),
  );
  await administrator.send(
    new iam.DeleteAccessKeyCommand({ UserName: "administrator", AccessKeyId: accessKeyId }),
  );
  sts.destroy();
  administrator.destroy();
  return {
    ...roadstead.client(account),
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    },
  };
}

/** Values that differ from run to run. */
const varying = new Set([
  "RoleId",
  "CreateDate",
  "DeletionTaskId",
  "AssumeRolePolicyDocument",
  "RoleLastUsed",
]);

function comparable(value: unknown): unknown {
  const told = (key: string, one: unknown) => {
    if (varying.has(key)) return "varying";
    // AWS tells the clusters of a region in no order that it promises.
    return key === "Resources" && Array.isArray(one) ? [...one].sort() : one;
  };
  return JSON.parse(JSON.stringify(value ?? {}, told));
}

/** The end of a deletion: AWS's takes seconds, ours is asked until it has ended. */
async function ended(deletionTaskId: string): Promise<Answer> {
  const input = { DeletionTaskId: deletionTaskId };
  const status = () =>
    call("iam", "get-service-linked-role-deletion-status", input, roadstead.client(account));
  await expect
    .poll(async () => JSON.stringify(await status()), { timeout: 20_000 })
    .toMatch(/FAILED|SUCCEEDED/);
  return status();
}

test("the role comes with a cluster that its maker may make it for, and goes after the last one", async () => {
  const last = new Map(roles.calls.map((one) => [one.label, one.sequence]));
  let caller: ClientSettings | undefined;
  let deletion = "";
  let replayed = 0;
  for (const recorded of roles.calls) {
    // Of one question that was asked again and again, the last answer counts.
    if (last.get(recorded.label) !== recorded.sequence) continue;
    if (recorded.actor === "probe-caller") caller ??= await sessionOf(roles.prefix);
    const settings = recorded.actor === "probe-caller" ? caller : undefined;
    const input: Readonly<Record<string, unknown>> = recorded.input;
    const answer =
      "DeletionTaskId" in input
        ? await ended(deletion)
        : await call(
            recorded.service,
            recorded.operation,
            input,
            settings ?? roadstead.client(account, recorded.region),
          );
    const { DeletionTaskId } = (answer.output ?? {}) as { readonly DeletionTaskId?: string };
    deletion = DeletionTaskId ?? deletion;
    expect.soft(answer.code, recorded.label).toBe(recorded.code);
    expect.soft(answer.message, recorded.label).toBe(recorded.message);
    expect.soft(comparable(answer.output), recorded.label).toEqual(comparable(recorded.output));
    replayed += 1;
  }
  expect(replayed).toBeGreaterThan(25);
}, 60_000);

test("the trail shows each attempt to make the role as the caller's, through ECS", async () => {
  const trail = new CloudTrailClient(roadstead.client(account));
  const query = {
    LookupAttributes: [{ AttributeKey: "EventName" as const, AttributeValue: "CreateServiceLinkedRole" }],
  };
  const records: Record<string, unknown>[] = [];
  for await (const page of paginateLookupEvents({ client: trail }, query)) {
    records.push(...(page.Events ?? []).map((event) => JSON.parse(event.CloudTrailEvent ?? "{}")));
  }
  trail.destroy();
  const shown = (record: Readonly<Record<string, unknown>>) => ({
    eventSource: record.eventSource,
    eventName: record.eventName,
    readOnly: record.readOnly,
    eventType: record.eventType,
    errorCode: record.errorCode,
    errorMessage: record.errorMessage,
    requestParameters: record.requestParameters && "given",
    responseElements: record.responseElements && "given",
  });
  const seen = records.map(shown);
  for (const recorded of audit.events) expect(seen).toContainEqual(shown(recorded));
  const forwarded = records.filter((record) => JSON.stringify(record).includes(roles.prefix));
  expect(forwarded.length).toBeGreaterThan(1);
  for (const record of forwarded) {
    expect(record).toMatchObject({
      userIdentity: { type: "AssumedRole", invokedBy: expect.stringContaining("ecs.amazonaws.com") },
      sourceIPAddress: expect.stringContaining("ecs.amazonaws.com"),
    });
  }
});

describe("a caller who may make the role only through ECS", () => {
  const policies = forwarding.calls.filter(({ operation }) => operation === "iam:put-role-policy");
  test.each(policies.map(({ label, policy }) => [label, policy] as const))("%s", async (label, policy) => {
    const administrator = roadstead.client(account);
    const RoleName = `stackd-ecs-fas-${label}`;
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" },
      ],
    });
    await call("iam", "create-role", { RoleName, AssumeRolePolicyDocument }, administrator);
    const PolicyDocument = JSON.stringify(policy);
    await call("iam", "put-role-policy", { RoleName, PolicyName: "Probe", PolicyDocument }, administrator);
    const caller = await sessionOf(RoleName);
    const direct = await call(
      "iam",
      "create-service-linked-role",
      { AWSServiceName: "ecs.amazonaws.com" },
      caller,
    );
    const recorded = forwarding.calls.find((one) => one.label === label.replace("policy", "direct-iam"));
    expect(direct.code).toBe("AccessDenied");
    expect(direct.message).toBe(recorded?.message?.replaceAll("stackd-ecs-fas-f43b13636ec5", RoleName));
    const clusterName = `cluster-${label}`;
    expect(await call("ecs", "create-cluster", { clusterName }, caller)).toMatchObject({ code: "Success" });
    const role = await call("iam", "get-role", { RoleName: "AWSServiceRoleForECS" }, administrator);
    expect(role).toMatchObject({
      code: "Success",
      output: {
        Role: {
          Description: "Policy to enable Amazon ECS to manage your EC2 instances and related resources.",
        },
      },
    });
    await call("ecs", "delete-cluster", { cluster: clusterName }, caller);
    const deleted = await call(
      "iam",
      "delete-service-linked-role",
      { RoleName: "AWSServiceRoleForECS" },
      administrator,
    );
    const { DeletionTaskId = "" } = (deleted.output ?? {}) as { readonly DeletionTaskId?: string };
    expect(await ended(DeletionTaskId)).toMatchObject({ output: { Status: "SUCCEEDED" } });
  });
});
