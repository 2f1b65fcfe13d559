import { EventBridgeClient, PutEventsCommand, PutRuleCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../test/support/roadstead.ts";
import type { CallContext } from "../../dispatch/context.ts";
import type { Principal } from "../../kernel/principal.ts";
import { type Rule, refuseManaged } from "./rules.ts";

/** What policies may say of rules and events, and whose the rules of services are. */

let roadstead: TestRoadstead;
let users = 0;

beforeAll(async () => {
  roadstead = await testRoadstead();
});

afterAll(() => roadstead?.stop());

type Statement = { readonly Effect: "Allow" | "Deny"; readonly Condition?: object };

/** A client of a new user whose statements are about an action. */
async function caller(Action: string, statements: readonly Statement[]): Promise<EventBridgeClient> {
  const iam = new IAMClient(roadstead.client());
  const UserName = `user-${users++}`;
  const Statement = statements.map((one) => ({ ...one, Action, Resource: "*" }));
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(
    new PutUserPolicyCommand({
      UserName,
      PolicyName: "own",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
  return new EventBridgeClient({ ...roadstead.client(), credentials, maxAttempts: 1 });
}

/** `undefined` when the call went through, else the name of its error. */
async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

const allow = (Condition?: object): Statement => ({ Effect: "Allow", ...(Condition && { Condition }) });
const deny = (Condition: object): Statement => ({ Effect: "Deny", Condition });
const denied = "AccessDeniedException";

/** "Using IAM policy conditions in Amazon EventBridge" (EventBridge User Guide): every source must be listed. */
const onlyEc2 = [
  allow({
    "ForAllValues:StringEquals": { "events:source": ["aws.ec2", "shop"] },
    Null: { "events:source": "false" },
  }),
];
const ofUser = "detail.userIdentity.principalId";
const health = { "ForAllValues:StringEquals": { "events:detail.service": ["EC2"] } };

describe("the pattern of a rule is known to policies", () => {
  test.each([
    ["a source that is listed", onlyEc2, { source: ["aws.ec2"] }, undefined],
    ["two that are", onlyEc2, { source: ["aws.ec2", "shop"], detail: { a: [1] } }, undefined],
    ["one that is not", onlyEc2, { source: ["aws.ecr"] }, denied],
    ["one that is and one that is not", onlyEc2, { source: ["aws.ec2", "aws.ecr"] }, denied],
    ["none", onlyEc2, { "detail-type": ["x"] }, denied],
    ["a prefix beside one that is", onlyEc2, { source: ["aws.ec2", { prefix: "aws." }] }, denied],
    ["one of several ways", onlyEc2, { $or: [{ source: ["aws.ec2"] }, { region: ["x"] }] }, denied],
    [
      "a denied detail type among others",
      [allow(), deny({ "ForAnyValue:StringEquals": { "events:detail-type": "Secret" } })],
      { "detail-type": ["Open", "Secret"] },
      denied,
    ],
    [
      "other detail types than the denied one",
      [allow(), deny({ "ForAnyValue:StringEquals": { "events:detail-type": "Secret" } })],
      { "detail-type": ["Open"] },
      undefined,
    ],
    ["a service", [allow(health)], { source: ["aws.health"], detail: { service: ["EC2"] } }, undefined],
    ["another service", [allow(health)], { source: ["aws.health"], detail: { service: ["RDS"] } }, denied],
    [
      "a denied event type code",
      [allow(), deny({ "ForAnyValue:StringLike": { "events:detail.eventTypeCode": "AWS_ABUSE_*" } })],
      { detail: { eventTypeCode: ["AWS_ABUSE_DOS_REPORT"] } },
      denied,
    ],
    [
      "one's own principal id",
      [allow({ StringEquals: { "events:detail.userIdentity.principalId": "AIDAONE" } })],
      { detail: { userIdentity: { principalId: ["AIDAONE"] } } },
      undefined,
    ],
    [
      "another's principal id",
      [allow({ StringEquals: { [`events:${ofUser}`]: "AIDAONE" } })],
      { detail: { userIdentity: { principalId: ["AIDATWO"] } } },
      denied,
    ],
  ])("%s", async (_what, statements, pattern, expected) => {
    const client = await caller("events:PutRule", statements);
    const command = new PutRuleCommand({ Name: "rule", EventPattern: JSON.stringify(pattern) });
    expect(await refusal(client.send(command))).toBe(expected);
    client.destroy();
  });
});

describe("an event is known to policies", () => {
  const shopOnly = [allow({ StringEquals: { "events:source": "shop" } })];
  const notSecret = [allow(), deny({ StringEquals: { "events:detail-type": "Secret" } })];
  const notFromBuses = [allow({ StringEquals: { "events:eventBusInvocation": "false" } })];
  test.each([
    ["by its source", shopOnly, [["shop", "Order"]], undefined],
    [
      "each by its own source",
      shopOnly,
      [
        ["shop", "Order"],
        ["store", "Order"],
      ],
      denied,
    ],
    ["by its detail type", notSecret, [["shop", "Order"]], undefined],
    [
      "each by its own detail type",
      notSecret,
      [
        ["shop", "Order"],
        ["shop", "Secret"],
      ],
      denied,
    ],
    ["as sent by a caller", notFromBuses, [["shop", "Order"]], undefined],
  ] as const)("%s", async (_what, statements, events, expected) => {
    const client = await caller("events:PutEvents", statements);
    const Entries = events.map(([Source, DetailType]) => ({ Source, DetailType, Detail: "{}" }));
    expect(await refusal(client.send(new PutEventsCommand({ Entries })))).toBe(expected);
    client.destroy();
  });
});

describe("a rule that a service made for itself is changed", () => {
  const owner = "autoscaling.amazonaws.com";
  const role = (invokedBy?: string) => ({ type: "AssumedRole", ...(invokedBy && { invokedBy }) });
  test.each([
    ["by nobody of the account, root included", { type: "Root" }, false, false],
    ["by no user", { type: "IAMUser" }, false, false],
    ["by no role of the account", role(), false, false],
    ["by no other service", { type: "AWSService", service: "ecs.amazonaws.com" }, false, false],
    ["by no other service's role", role("ecs.amazonaws.com"), false, false],
    ["by the service", { type: "AWSService", service: owner }, false, true],
    ["by the service's role", role(owner), false, true],
    ["with force", { type: "IAMUser" }, true, true],
  ])("%s", (_whom, principal, force, may) => {
    const ctx = { principal: principal as unknown as Principal } as CallContext;
    const change = () => refuseManaged({ managedBy: owner } as Rule, ctx, force);
    if (may) expect(change).not.toThrow();
    else expect(change).toThrow(expect.objectContaining({ code: "ManagedRuleException" }));
    expect(() => refuseManaged({} as Rule, ctx, force)).not.toThrow();
  });
});
