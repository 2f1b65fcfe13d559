import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  FilterLogEventsCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  CreatePullThroughCacheRuleCommand,
  CreateRepositoryCommand,
  DeletePullThroughCacheRuleCommand,
  DescribeImagesCommand,
  DescribePullThroughCacheRulesCommand,
  SetRepositoryPolicyCommand,
  UpdatePullThroughCacheRuleCommand,
  ValidatePullThroughCacheRuleCommand,
} from "@aws-sdk/client-ecr";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateRoleCommand,
  DeleteServiceLinkedRoleCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openManagedPolicies, withDocument } from "../../src/services/iam/managed-policy-catalogue.ts";
import { dataDirectory, type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { digestOf, type FakeUpstream, sampleLayer, startUpstream } from "../support/upstream.ts";
import { leave, type Party, policy, push, recorded, registryToken, rootParty, userParty } from "./parties.ts";

const account = "111111111111";
const roleName = "AWSServiceRoleForECRPullThroughCache";
const rolePolicy = "arn:aws:iam::aws:policy/aws-service-role/AWSECRPullThroughCache_ServiceRolePolicy";
let upstream: FakeUpstream;
let roadstead: TestRoadstead;
let root: Party;
let secrets: SecretsManagerClient;

async function open(more: Record<string, unknown> = {}, overrides: Parameters<typeof testRoadstead>[1] = {}) {
  roadstead = await testRoadstead({ pullThroughUpstreams: [upstream.url], ...more }, overrides);
  root = rootParty(roadstead.url, account);
  secrets = new SecretsManagerClient({ ...roadstead.client(account), maxAttempts: 1 });
}

beforeEach(async () => {
  upstream = await startUpstream();
});
afterEach(async () => {
  leave(root);
  secrets.destroy();
  await roadstead.stop();
  await upstream.close();
});

const rule = (more: object = {}) =>
  root.ecr.send(
    new CreatePullThroughCacheRuleCommand({
      ecrRepositoryPrefix: "up",
      upstreamRegistryUrl: upstream.url,
      ...more,
    }),
  );

async function pull(party: Party, path: string): Promise<Response> {
  const token = await registryToken(party);
  return await fetch(`${roadstead.url}/v2/${party.path}/${path}`, {
    headers: { authorization: `Basic ${token}` },
  });
}

async function secret(name: string, value: object): Promise<string> {
  const { ARN = "" } = await secrets.send(
    new CreateSecretCommand({ Name: `ecr-pullthroughcache/${name}`, SecretString: JSON.stringify(value) }),
  );
  return ARN;
}

const arrives = (party: Party, repositoryName: string, digest: string) =>
  expect
    .poll(
      async () => {
        const { imageDetails = [] } = await party.ecr
          .send(new DescribeImagesCommand({ repositoryName }))
          .catch(() => ({ imageDetails: [] }));
        return imageDetails.map(({ imageDigest }) => imageDigest);
      },
      { timeout: 10_000 },
    )
    .toContain(digest);

describe("credentials", () => {
  beforeEach(() => open());

  test.each([
    ["Basic", { basic: "ship:anchor" }],
    ["a token", { bearer: "ship:anchor" }],
  ])("%s", async (_name, lets) => {
    const image = upstream.image("app", "v1", [sampleLayer("one")]);
    upstream.let = lets;
    const credentialArn = await secret("good", { username: "ship", accessToken: "anchor" });
    await rule({ credentialArn });
    const validated = await root.ecr.send(
      new ValidatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "up" }),
    );
    expect(validated).toMatchObject({ isValid: true, credentialArn });
    expect((await pull(root, "up/app/manifests/v1")).headers.get("docker-content-digest")).toBe(image.digest);
    await arrives(root, "up/app", image.digest);
    const [read] = await recorded(root, "GetSecretValue");
    expect(read?.userIdentity).toMatchObject({
      type: "AssumedRole",
      invokedBy: "pullthroughcache.ecr.amazonaws.com",
    });
  });

  test("a token that needs none", async () => {
    const image = upstream.image("app", "v1", [sampleLayer("one")]);
    upstream.let = { bearer: "" };
    await rule();
    expect((await pull(root, "up/app/manifests/v1")).headers.get("docker-content-digest")).toBe(image.digest);
    await arrives(root, "up/app", image.digest);
    expect(upstream.asked.filter((line) => line.includes("/token"))).toEqual([
      "GET /token?service=fake&scope=repository%3Aapp%3Apull",
    ]);
  });

  test("that are wrong: the puller and ValidatePullThroughCacheRule are told", async () => {
    upstream.image("app", "v1", [sampleLayer("one")]);
    upstream.let = { basic: "ship:anchor" };
    await rule({ credentialArn: await secret("bad", { username: "ship", accessToken: "driftwood" }) });
    const failure = expect.stringContaining("The authentication to the upstream registry failed");
    expect(
      await root.ecr.send(new ValidatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "up" })),
    ).toMatchObject({ isValid: false, failure });
    const answer = await pull(root, "up/app/manifests/v1");
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ errors: [{ code: "DENIED", message: failure }] });
    // A rule with the right ones works at once.
    const credentialArn = await secret("good", { username: "ship", accessToken: "anchor" });
    await root.ecr.send(new UpdatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "up", credentialArn }));
    expect((await pull(root, "up/app/manifests/v1")).status).toBe(200);
  });

  test("go no further than the registry they are for", async () => {
    const elsewhere = await startUpstream();
    const layer = sampleLayer("one");
    const image = upstream.image("app", "v1", [layer]);
    elsewhere.image("app", "v1", [layer]);
    upstream.let = { basic: "ship:anchor" };
    upstream.before = (request, response) => {
      if (!request.url?.endsWith(digestOf(layer)) || request.headers.authorization === undefined)
        return false;
      response.writeHead(307, { location: `${elsewhere.url}${request.url}` }).end();
      return true;
    };
    await roadstead.stop();
    await open({ pullThroughUpstreams: [upstream.url, elsewhere.url] });
    await rule({ credentialArn: await secret("good", { username: "ship", accessToken: "anchor" }) });
    expect((await pull(root, "up/app/manifests/v1")).status).toBe(200);
    await arrives(root, "up/app", image.digest);
    expect(elsewhere.asked).toEqual([`GET /v2/app/blobs/${digestOf(layer)}`]);
    expect(elsewhere.credentials).toEqual([undefined]);
    await elsewhere.close();
  });
});

describe("rules that are refused", () => {
  beforeEach(() => open());
  const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:${account}:secret:${name}`;

  test.each([
    [
      "a registry that is not allowed",
      { upstreamRegistryUrl: "registry.example" },
      "UnsupportedUpstreamRegistryException",
    ],
    [
      "a kind that is not the URL's",
      { upstreamRegistryUrl: "quay.io", upstreamRegistry: "k8s" },
      "UnsupportedUpstreamRegistryException",
    ],
    ["a URL with a path", { upstreamRegistryUrl: "quay.io/library" }, "UnsupportedUpstreamRegistryException"],
    [
      "Docker Hub without a secret",
      { upstreamRegistryUrl: "registry-1.docker.io" },
      "InvalidParameterException",
    ],
    [
      "a secret of another name",
      { credentialArn: arn("other/secret-name-AbCdEf") },
      "InvalidParameterException",
    ],
    [
      "a secret that is not there",
      { credentialArn: arn("ecr-pullthroughcache/none-AbCdEf") },
      "SecretNotFoundException",
    ],
    ["a prefix too short", { ecrRepositoryPrefix: "a" }, "InvalidParameterException"],
    ["a prefix too long", { ecrRepositoryPrefix: "a".repeat(31) }, "InvalidParameterException"],
    ["a prefix in capitals", { ecrRepositoryPrefix: "Up" }, "InvalidParameterException"],
    [
      "an upstream prefix beside ROOT",
      { ecrRepositoryPrefix: "ROOT", upstreamRepositoryPrefix: "team" },
      "InvalidParameterException",
    ],
    [
      "its own registry",
      { upstreamRegistryUrl: `${account}.dkr.ecr.us-east-1.amazonaws.com` },
      "InvalidParameterException",
    ],
    [
      "another account's registry without a role",
      { upstreamRegistryUrl: "222222222222.dkr.ecr.us-east-1.amazonaws.com" },
      "InvalidParameterException",
    ],
    [
      "a role for a registry that takes none",
      { customRoleArn: `arn:aws:iam::${account}:role/r` },
      "InvalidParameterException",
    ],
  ])("%s", async (_name, more, code) => {
    await expect(rule(more)).rejects.toMatchObject({ name: code });
    const { pullThroughCacheRules } = await root.ecr.send(new DescribePullThroughCacheRulesCommand({}));
    expect(pullThroughCacheRules).toEqual([]);
  });

  test("the second of a prefix, with a slash or without, and the fifty-first", async () => {
    await rule({ ecrRepositoryPrefix: "up/" });
    await expect(rule()).rejects.toMatchObject({ name: "PullThroughCacheRuleAlreadyExistsException" });
    for (let number = 1; number < 50; number += 1) await rule({ ecrRepositoryPrefix: `up-${number}` });
    await expect(rule({ ecrRepositoryPrefix: "one-more" })).rejects.toMatchObject({
      name: "LimitExceededException",
    });
    const page = await root.ecr.send(new DescribePullThroughCacheRulesCommand({ maxResults: 30 }));
    expect(page.pullThroughCacheRules).toHaveLength(30);
    const rest = await root.ecr.send(
      new DescribePullThroughCacheRulesCommand({ maxResults: 30, nextToken: page.nextToken }),
    );
    expect(rest.pullThroughCacheRules).toHaveLength(20);
  });

  test("one that is not there", async () => {
    const none = { ecrRepositoryPrefix: "none" };
    for (const call of [
      root.ecr.send(new DeletePullThroughCacheRuleCommand(none)),
      root.ecr.send(new ValidatePullThroughCacheRuleCommand(none)),
      root.ecr.send(new DescribePullThroughCacheRulesCommand({ ecrRepositoryPrefixes: ["none"] })),
    ]) {
      await expect(call).rejects.toMatchObject({ name: "PullThroughCacheRuleNotFoundException" });
    }
  });

  test("another account's", async () => {
    await expect(rule({ registryId: "222222222222" })).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });
});

describe("the service-linked role", () => {
  async function deletion(): Promise<string | undefined> {
    const { DeletionTaskId } = await root.iam.send(
      new DeleteServiceLinkedRoleCommand({ RoleName: roleName }),
    );
    let status: string | undefined;
    await expect
      .poll(async () => {
        ({ Status: status } = await root.iam.send(
          new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }),
        ));
        return status;
      })
      .toMatch(/SUCCEEDED|FAILED/);
    return status;
  }

  test("comes with the first rule, stays while there is one in any region, and comes again", async () => {
    await open();
    const abroad = rootParty(roadstead.url, account, "eu-west-1");
    await rule();
    await abroad.ecr.send(
      new CreatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "quay", upstreamRegistryUrl: "quay.io" }),
    );
    expect(await deletion()).toBe("FAILED");
    await root.ecr.send(new DeletePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "up" }));
    expect(await deletion()).toBe("FAILED");
    await abroad.ecr.send(new DeletePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "quay" }));
    expect(await deletion()).toBe("SUCCEEDED");
    await rule();
    const { Role: role } = await root.iam.send(new GetRoleCommand({ RoleName: roleName }));
    expect(role?.Path).toBe("/aws-service-role/pullthroughcache.ecr.amazonaws.com/");
    leave(abroad);
  });

  test("is not made for a caller who may not make it, and then there is no rule", async () => {
    await open();
    const user = await userParty(root, "configurer", {
      Effect: "Allow",
      Action: "ecr:CreatePullThroughCacheRule",
      Resource: "*",
    });
    const call = user.ecr.send(
      new CreatePullThroughCacheRuleCommand({ ecrRepositoryPrefix: "up", upstreamRegistryUrl: upstream.url }),
    );
    await expect(call).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("iam:CreateServiceLinkedRole"),
    });
    leave(user);
  });

  const actions = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
    "ecr:PutImage",
  ];
  test.each(actions)("without %s nothing is pulled, and the refusal is on record", async (lacking) => {
    const has = policy(
      { Effect: "Allow", Action: actions.filter((action) => action !== lacking), Resource: "*" },
      { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: "*" },
    );
    await open({}, { managedPolicies: withDocument(openManagedPolicies(dataDirectory), rolePolicy, has) });
    await rule();
    upstream.image("app", "v1", [sampleLayer("one")]);
    const answer = await pull(root, "up/app/manifests/v1");
    expect(answer.status).toBe(403);
    const message = expect.stringMatching(
      new RegExp(`assumed-role/${roleName}/\\S+ is not authorized to perform: ${lacking} on resource`),
    );
    expect(await answer.json()).toMatchObject({ errors: [{ code: "DENIED", message }] });
    expect(upstream.asked).toEqual([]);
    const [record] = await recorded(root, "GetAuthorizationToken");
    expect(record).toMatchObject({ errorCode: "AccessDenied", errorMessage: message });
  });

  test("without secretsmanager:GetSecretValue no secret is read", async () => {
    const has = policy({ Effect: "Allow", Action: "ecr:*", Resource: "*" });
    await open({}, { managedPolicies: withDocument(openManagedPolicies(dataDirectory), rolePolicy, has) });
    const credentialArn = await secret("good", { username: "ship", accessToken: "anchor" });
    await expect(rule({ credentialArn })).rejects.toMatchObject({ name: "UnableToAccessSecretException" });
  });
});

describe("ECR as upstream", () => {
  beforeEach(() => open());

  test("another region of the account", async () => {
    const abroad = rootParty(roadstead.url, account, "eu-west-1");
    await abroad.ecr.send(new CreateRepositoryCommand({ repositoryName: "team/app" }));
    const digest = await push(abroad, "team/app", "v1");
    await rule({
      ecrRepositoryPrefix: "far",
      upstreamRegistryUrl: `${account}.dkr.ecr.eu-west-1.amazonaws.com`,
      upstreamRepositoryPrefix: "team",
    });
    const answer = await pull(root, "far/app/manifests/v1");
    expect(answer.headers.get("docker-content-digest")).toBe(digest);
    await arrives(root, "far/app", digest);
    leave(abroad);
  });

  test("another account, by a role that its repository lets in", async () => {
    const neighbour = rootParty(roadstead.url, "222222222222");
    await neighbour.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    const digest = await push(neighbour, "app", "v1");
    const trust = policy({
      Effect: "Allow",
      Principal: { Service: "pullthroughcache.ecr.amazonaws.com" },
      Action: "sts:AssumeRole",
    });
    const { Role: role } = await root.iam.send(
      new CreateRoleCommand({ RoleName: "puller", AssumeRolePolicyDocument: trust }),
    );
    const customRoleArn = role?.Arn ?? "";
    const reading = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
    await root.iam.send(
      new PutRolePolicyCommand({
        RoleName: "puller",
        PolicyName: "own",
        PolicyDocument: policy({ Effect: "Allow", Action: reading, Resource: "*" }),
      }),
    );
    await rule({
      ecrRepositoryPrefix: "next",
      upstreamRegistryUrl: "222222222222.dkr.ecr.us-east-1.amazonaws.com",
      customRoleArn,
    });
    expect((await pull(root, "next/app/manifests/v1")).status).toBe(403);
    await neighbour.ecr.send(
      new SetRepositoryPolicyCommand({
        repositoryName: "app",
        policyText: policy({ Effect: "Allow", Principal: { AWS: customRoleArn }, Action: reading }),
      }),
    );
    const answer = await pull(root, "next/app/manifests/v1");
    expect(answer.headers.get("docker-content-digest")).toBe(digest);
    await arrives(root, "next/app", digest);
    leave(neighbour);
  });
});

describe("addresses", () => {
  test("any registry is one that is not at a private address", async () => {
    await open({ pullThroughUpstreams: ["any"] });
    await rule();
    const answer = await pull(root, "up/app/manifests/v1");
    expect(answer.status).toBe(503);
    expect(upstream.asked).toEqual([]);
  });

  test("unless private addresses are allowed", async () => {
    await open({ pullThroughUpstreams: ["any"], allowPrivateEgress: true });
    await rule();
    upstream.image("app", "v1", [sampleLayer("one")]);
    expect((await pull(root, "up/app/manifests/v1")).status).toBe(200);
  });

  test("a registry that the operator named sends nobody on to a private address", async () => {
    const hidden = await startUpstream();
    await open();
    await rule();
    upstream.before = (request, response) => {
      response.writeHead(307, { location: `${hidden.url}${request.url}` }).end();
      return true;
    };
    expect((await pull(root, "up/app/manifests/v1")).status).toBe(503);
    expect(hidden.asked).toEqual([]);
    await hidden.close();
  });

  test("a mirror stands for a well-known registry", async () => {
    await open({ pullThroughUpstreams: [], pullThroughMirrors: [`quay.io=${upstream.url}`] });
    const image = upstream.image("team/app", "v1", [sampleLayer("one")]);
    await rule({ ecrRepositoryPrefix: "quay", upstreamRegistryUrl: "quay.io" });
    const answer = await pull(root, "quay/team/app/manifests/v1");
    expect(answer.headers.get("docker-content-digest")).toBe(image.digest);
    await arrives(root, "quay/team/app", image.digest);
  });
});

test("EventBridge hears of what was cached and of what was not", async () => {
  await open();
  const logs = new CloudWatchLogsClient(roadstead.client(account));
  const events = new EventBridgeClient(roadstead.client(account));
  const logGroupName = "/aws/events/cache";
  const arn = `arn:aws:logs:us-east-1:${account}:log-group:${logGroupName}`;
  await logs.send(new CreateLogGroupCommand({ logGroupName }));
  const policyDocument = policy({
    Effect: "Allow",
    Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
    Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
    Resource: `${arn}:*`,
  });
  await logs.send(new PutResourcePolicyCommand({ policyName: "events", policyDocument }));
  const EventPattern = JSON.stringify({ "detail-type": ["ECR Pull Through Cache Action"] });
  await events.send(new PutRuleCommand({ Name: "cache", EventPattern }));
  await events.send(new PutTargetsCommand({ Rule: "cache", Targets: [{ Id: "log", Arn: arn }] }));

  await rule();
  const image = upstream.image("app", "v1", [sampleLayer("one")]);
  expect((await pull(root, "up/app/manifests/v1")).status).toBe(200);
  await arrives(root, "up/app", image.digest);
  upstream.before = (_request, response) => {
    response.writeHead(429).end();
    return true;
  };
  expect((await pull(root, "up/app/manifests/v2")).status).toBe(429);

  const common = {
    "rule-version": "1",
    "ecr-repository-prefix": "up",
    "repository-name": "up/app",
    "upstream-registry-url": upstream.url,
  };
  const heard = async (): Promise<object[]> => {
    const { events: lines = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
    return lines.map(({ message = "" }) => (JSON.parse(message) as { detail: object }).detail);
  };
  await expect.poll(async () => (await heard()).length, { timeout: 20_000 }).toBe(2);
  expect(await heard()).toEqual(
    expect.arrayContaining([
      { ...common, "sync-status": "SUCCESS", "image-tag": "v1", "image-digest": image.digest },
      {
        ...common,
        "sync-status": "FAILED",
        "image-tag": "v2",
        "failure-code": "UpstreamTooManyRequests",
        "failure-reason": expect.stringContaining("too many requests"),
      },
    ]),
  );
  logs.destroy();
  events.destroy();
}, 60_000);
