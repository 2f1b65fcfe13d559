import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  type ConnectionAuthorizationType,
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  type CreateConnectionCommandInput,
  DeauthorizeConnectionCommand,
  DeleteConnectionCommand,
  DescribeApiDestinationCommand,
  DescribeConnectionCommand,
  EventBridgeClient,
  ListApiDestinationsCommand,
  ListConnectionsCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
  UpdateConnectionCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateRoleCommand,
  DeleteServiceLinkedRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../../../test/support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { movableClock } from "../../../kernel/clock.ts";

/** Connections keep their secrets in Secrets Manager, and API destinations are called with them. */

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = readonly [status: number, body?: string, headers?: Readonly<Record<string, string>>];

const clock = movableClock();
const roleArn = "arn:aws:iam::000000000000:role/sender";
const rolePath = "AWSServiceRoleForAmazonEventBridgeApiDestinations";
let roadstead: TestRoadstead;
let events: EventBridgeClient;
let iam: IAMClient;
let secrets: SecretsManagerClient;
let endpoint: Server;
let url = "";
let seen: Seen[] = [];
let answers: Answer[] = [];
let tokens = 0;

beforeAll(async () => {
  roadstead = await testRoadstead({ allowPrivateEgress: true }, { clock });
  const settings = { ...roadstead.client(), maxAttempts: 1 };
  events = new EventBridgeClient(settings);
  iam = new IAMClient(settings);
  secrets = new SecretsManagerClient(settings);
  endpoint = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method, url: request.url, headers: request.headers, body });
    const token = request.url?.startsWith("/token") === true;
    const fresh = (): Answer => [200, JSON.stringify({ access_token: `t${++tokens}`, expires_in: 600 })];
    const [status, text = "", headers = {}] = token ? fresh() : (answers.shift() ?? [200]);
    response.writeHead(status, headers).end(text);
  });
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`;
  await iam.send(
    new CreateRoleCommand({
      RoleName: "sender",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: { Service: "events.amazonaws.com" }, Action: "sts:AssumeRole" },
        ],
      }),
    }),
  );
  await allowSender("events:InvokeApiDestination");
});

afterAll(async () => {
  for (const client of [events, iam, secrets]) client?.destroy();
  endpoint?.close();
  await roadstead?.stop();
});

async function allowSender(Action: string): Promise<void> {
  const Statement = [{ Effect: "Allow", Action, Resource: "*" }];
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await iam.send(new PutRolePolicyCommand({ RoleName: "sender", PolicyName: "own", PolicyDocument }));
}

function connect(
  Name: string,
  AuthorizationType: ConnectionAuthorizationType,
  AuthParameters: CreateConnectionCommandInput["AuthParameters"],
) {
  return events.send(new CreateConnectionCommand({ Name, AuthorizationType, AuthParameters }));
}

const byKey = (Name: string) =>
  connect(Name, "API_KEY", {
    ApiKeyAuthParameters: { ApiKeyName: "x-api-key", ApiKeyValue: "k-1" },
    InvocationHttpParameters: {
      HeaderParameters: [{ Key: "x-team", Value: "ships", IsValueSecret: false }],
      QueryStringParameters: [{ Key: "v", Value: "s3cret", IsValueSecret: true }],
      BodyParameters: [{ Key: "added", Value: "here" }],
    },
  });

/** A rule for a source of its own that sends to an API destination of a connection. */
async function ruleTo(
  source: string,
  connection: string,
  target: Partial<Target> = {},
  path = "/in",
  rate?: number,
): Promise<void> {
  const { ConnectionArn } = await events.send(new DescribeConnectionCommand({ Name: connection }));
  const { ApiDestinationArn } = await events.send(
    new CreateApiDestinationCommand({
      Name: source,
      ConnectionArn,
      InvocationEndpoint: `${url}${path}`,
      HttpMethod: "POST",
      InvocationRateLimitPerSecond: rate,
    }),
  );
  await events.send(new PutRuleCommand({ Name: source, EventPattern: JSON.stringify({ source: [source] }) }));
  const Targets = [{ Id: "http", Arn: ApiDestinationArn, RoleArn: roleArn, ...target }];
  await events.send(new PutTargetsCommand({ Rule: source, Targets }));
}

async function put(Source: string, detail: object = {}, count = 1): Promise<void> {
  const entry = { Source, DetailType: "Arrived", Detail: JSON.stringify(detail) };
  await events.send(new PutEventsCommand({ Entries: Array.from({ length: count }, () => entry) }));
}

const received = (count: number) => eventually(20, async () => seen.length >= count);

describe("a connection", () => {
  test("keeps what is secret in a secret of its own, which the service-linked role writes", async () => {
    const made = await byKey("keyed");
    expect(made).toMatchObject({ ConnectionState: "AUTHORIZED" });
    expect(made.ConnectionArn).toMatch(/:connection\/keyed\/[0-9a-f-]{36}$/);
    const shown = await events.send(new DescribeConnectionCommand({ Name: "keyed" }));
    expect(shown).toMatchObject({
      AuthorizationType: "API_KEY",
      AuthParameters: {
        ApiKeyAuthParameters: { ApiKeyName: "x-api-key" },
        InvocationHttpParameters: {
          QueryStringParameters: [{ Key: "v", IsValueSecret: true }],
          HeaderParameters: [{ Key: "x-team", Value: "ships", IsValueSecret: false }],
        },
      },
    });
    expect(JSON.stringify(shown)).not.toMatch(/k-1|s3cret/);
    expect(shown.SecretArn).toMatch(/:secret:events!connection\/keyed\/[0-9a-f-]{36}-\w{6}$/);
    const { SecretString = "" } = await secrets.send(
      new GetSecretValueCommand({ SecretId: shown.SecretArn }),
    );
    expect(JSON.parse(SecretString)).toMatchObject({ api_key_name: "x-api-key", api_key_value: "k-1" });
    const trail = new CloudTrailClient(roadstead.client());
    const LookupAttributes = [{ AttributeKey: "EventName" as const, AttributeValue: "CreateSecret" }];
    const { Events = [] } = await trail.send(new LookupEventsCommand({ LookupAttributes }));
    const { Events: all = [] } = await trail.send(new LookupEventsCommand({}));
    trail.destroy();
    expect(all.map(({ EventName }) => EventName)).toContain("CreateConnection");
    expect(JSON.stringify(all)).not.toMatch(/k-1|s3cret/);
    expect(Events.map(({ CloudTrailEvent = "{}" }) => JSON.parse(CloudTrailEvent).userIdentity)).toEqual([
      expect.objectContaining({ arn: expect.stringContaining(`assumed-role/${rolePath}/`) }),
    ]);
  });

  test.each([
    ["another type's parameters", "BASIC", { ApiKeyAuthParameters: { ApiKeyName: "a", ApiKeyValue: "b" } }],
    ["none of its own", "OAUTH_CLIENT_CREDENTIALS", {}],
  ] as const)("is not made of %s", async (_name, type, parameters) => {
    await expect(connect("wrong", type, parameters)).rejects.toThrow(/AuthParameters/);
  });

  test("has its parameters changed, taken away and given again", async () => {
    await byKey("changing");
    const secretOf = async () =>
      (await events.send(new DescribeConnectionCommand({ Name: "changing" }))).SecretArn;
    const secretValue = async (SecretId: string | undefined) =>
      JSON.parse((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? "");
    const first = await secretOf();
    const ApiKeyAuthParameters = { ApiKeyValue: "k-2" };
    await events.send(
      new UpdateConnectionCommand({ Name: "changing", AuthParameters: { ApiKeyAuthParameters } }),
    );
    expect(await secretOf()).toBe(first);
    expect(await secretValue(first)).toMatchObject({ api_key_name: "x-api-key", api_key_value: "k-2" });

    expect(await events.send(new DeauthorizeConnectionCommand({ Name: "changing" }))).toMatchObject({
      ConnectionState: "DEAUTHORIZED",
    });
    expect(await secretOf()).toBeUndefined();
    expect(
      await eventually(20, () =>
        secretValue(first).then(
          () => false,
          () => true,
        ),
      ),
    ).toBe(true);

    const basic = { BasicAuthParameters: { Username: "u", Password: "p" } };
    await events.send(
      new UpdateConnectionCommand({ Name: "changing", AuthorizationType: "BASIC", AuthParameters: basic }),
    );
    expect(await secretValue(await secretOf())).toEqual({ username: "u", password: "p" });
  });

  test("has no secret left once it is deleted, and the role can go with the last one", async () => {
    const other = { ...roadstead.client("111122223333"), maxAttempts: 1 };
    const [there, roles, kept] = [
      new EventBridgeClient(other),
      new IAMClient(other),
      new SecretsManagerClient(other),
    ];
    await there.send(
      new CreateConnectionCommand({
        Name: "only",
        AuthorizationType: "BASIC",
        AuthParameters: { BasicAuthParameters: { Username: "u", Password: "p" } },
      }),
    );
    const deletion = async () => {
      const { DeletionTaskId } = await roles.send(new DeleteServiceLinkedRoleCommand({ RoleName: rolePath }));
      let status = "";
      await eventually(20, async () => {
        const answer = await roles.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
        status = answer.Status ?? "";
        return status === "FAILED" || status === "SUCCEEDED";
      });
      return status;
    };
    expect(await deletion()).toBe("FAILED");
    const { SecretArn } = await there.send(new DescribeConnectionCommand({ Name: "only" }));
    await there.send(new DeleteConnectionCommand({ Name: "only" }));
    const gone = () =>
      kept.send(new GetSecretValueCommand({ SecretId: SecretArn })).then(
        () => false,
        () => true,
      );
    expect(await eventually(20, gone)).toBe(true);
    expect(await eventually(20, async () => (await deletion()) === "SUCCEEDED")).toBe(true);
    for (const client of [there, roles, kept]) client.destroy();
  });
});

describe("an API destination", () => {
  test("is called with what its connection, its target and the event say", async () => {
    seen = [];
    await ruleTo(
      "shop",
      "keyed",
      {
        HttpParameters: {
          PathParameterValues: ["$.detail.order"],
          HeaderParameters: { "x-kind": "$.detail-type", "x-team": "overruled" },
          QueryStringParameters: { who: "$.detail.buyer" },
        },
        InputTransformer: { InputPathsMap: { id: "$.detail.order" }, InputTemplate: '{"order": <id>}' },
      },
      "/orders/*",
    );
    await put("shop", { order: "a/1", buyer: "Ada L" });
    await received(1);
    const [call] = seen;
    expect(call?.method).toBe("POST");
    expect(call?.url).toBe("/orders/a%2F1?who=Ada+L&v=s3cret");
    expect(call?.headers).toMatchObject({
      "x-api-key": "k-1",
      "x-team": "ships",
      "x-kind": "Arrived",
      "content-type": "application/json; charset=utf-8",
      "user-agent": "Amazon/EventBridge/ApiDestinations",
    });
    expect(JSON.parse(call?.body ?? "")).toEqual({ order: "a/1", added: "here" });
    const { ApiDestinations } = await events.send(new ListApiDestinationsCommand({ NamePrefix: "sho" }));
    expect(ApiDestinations).toMatchObject([{ Name: "shop", ApiDestinationState: "ACTIVE" }]);
  });

  test("is tried again after 429, not before Retry-After, and never after 400", async () => {
    seen = [];
    answers = [[429, "", { "retry-after": "60" }], [200]];
    await ruleTo("busy", "keyed");
    await put("busy");
    await received(1);
    clock.advance(50_000);
    await put("busy");
    await received(2);
    expect(seen.length).toBe(2);
    clock.advance(11_000);
    expect(await received(3)).toBe(true);
    answers = [[400]];
    await put("busy");
    await received(4);
    clock.advance(3_600_000);
    await put("busy");
    await received(5);
    expect(seen.length).toBe(5);
  });

  test("is called no faster than its rate", async () => {
    seen = [];
    await ruleTo("slow", "keyed", { RetryPolicy: { MaximumRetryAttempts: 0 } }, "/slow", 1);
    await put("slow", {}, 3);
    await received(1);
    expect(seen.length).toBe(1);
    for (let calls = 2; calls <= 3; calls++) {
      clock.advance(1_000);
      expect(await received(calls)).toBe(true);
      expect(seen.length).toBeLessThanOrEqual(calls);
    }
  });

  test("is called with an OAuth token, which is kept, and renewed after 401", async () => {
    seen = [];
    answers = [];
    await connect("tokens", "OAUTH_CLIENT_CREDENTIALS", {
      OAuthParameters: {
        ClientParameters: { ClientID: "me", ClientSecret: "hush" },
        AuthorizationEndpoint: `${url}/token`,
        HttpMethod: "POST",
        OAuthHttpParameters: { BodyParameters: [{ Key: "audience", Value: "all" }] },
      },
    });
    const state = async () =>
      (await events.send(new ListConnectionsCommand({ NamePrefix: "tokens" }))).Connections?.[0]
        ?.ConnectionState;
    expect(await eventually(20, async () => (await state()) === "AUTHORIZED")).toBe(true);
    expect(seen).toHaveLength(1);
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from("me:hush").toString("base64")}`);
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toEqual({
      grant_type: "client_credentials",
      audience: "all",
    });
    await ruleTo("oauth", "tokens");
    await put("oauth");
    await received(2);
    answers = [[401]];
    await put("oauth");
    await received(3);
    clock.advance(10_000);
    await received(5);
    const used = seen.map(({ url: path, headers }) => [
      path,
      headers.authorization?.split(" ")[1]?.slice(0, 2),
    ]);
    expect(used.slice(1)).toEqual([
      ["/in", "t1"],
      ["/in", "t1"],
      ["/token", "bW"],
      ["/in", "t2"],
    ]);
  });

  test("is not called by a role that may not", async () => {
    await allowSender("events:DescribeRule");
    seen = [];
    await put("busy");
    await allowSenderLater();
    await put("shop", { order: "b" });
    await received(1);
    expect(seen.map(({ url: path }) => path)).toEqual(["/orders/b?who=&v=s3cret"]);
  });

  test("is inactive without its connection", async () => {
    await byKey("short");
    await ruleTo("short", "short");
    await events.send(new DeleteConnectionCommand({ Name: "short" }));
    expect(await events.send(new DescribeApiDestinationCommand({ Name: "short" }))).toMatchObject({
      ApiDestinationState: "INACTIVE",
    });
  });
});

/** Once the refusal is on record. */
async function allowSenderLater(): Promise<void> {
  const trail = new CloudTrailClient(roadstead.client());
  const LookupAttributes = [{ AttributeKey: "EventName" as const, AttributeValue: "InvokeApiDestination" }];
  await eventually(20, async () => {
    const { Events = [] } = await trail.send(new LookupEventsCommand({ LookupAttributes }));
    return Events.length > 0;
  });
  trail.destroy();
  await allowSender("events:InvokeApiDestination");
}
