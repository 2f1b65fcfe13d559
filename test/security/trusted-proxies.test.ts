import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leave, type Party, registryToken, rootParty, userParty } from "../clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** `aws:SecureTransport` and `aws:SourceIp` of calls that a proxy hands on, decided by a repository's policy. */

const account = "111111111111";
const office = "203.0.113.7";
const policy = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Deny",
      Principal: "*",
      Action: ["ecr:ListImages", "ecr:DescribeRepositories"],
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Effect: "Deny",
      Principal: "*",
      Action: ["ecr:ListImages", "ecr:DescribeRepositories"],
      Condition: { NotIpAddress: { "aws:SourceIp": `${office}/32` } },
    },
  ],
});

const rows: readonly (readonly [string, Record<string, string>, boolean])[] = [
  ["over TLS from the office", { "x-forwarded-for": office, "x-forwarded-proto": "https" }, true],
  ["without TLS", { "x-forwarded-for": office, "x-forwarded-proto": "http" }, false],
  ["from elsewhere", { "x-forwarded-for": "198.51.100.1", "x-forwarded-proto": "https" }, false],
  [
    "from elsewhere, saying that it is the office",
    { "x-forwarded-for": `${office}, 198.51.100.1`, "x-forwarded-proto": "https" },
    false,
  ],
  ["by no proxy", {}, false],
];

describe.each([
  ["a proxy that is trusted", "127.0.0.1", true],
  ["one that is not", "10.0.0.0/8", false],
])("behind %s", (_what, trustedProxies, trusted) => {
  let roadstead: TestRoadstead;
  let root: Party;
  let user: Party;
  beforeAll(async () => {
    roadstead = await testRoadstead({ registryNames: "path", trustedProxies });
    root = rootParty(roadstead.url, account);
    await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    user = await userParty(root, "sam", { Effect: "Allow", Action: "ecr:*", Resource: "*" });
    await root.ecr.send(
      new SetRepositoryPolicyCommand({ repositoryName: "app", policyText: policy, force: true }),
    );
  });
  afterAll(async () => {
    leave(root, user);
    await roadstead.stop();
  });

  test.each(rows)("a request to the registry %s", async (_from, headers, allowed) => {
    const authorization = `Basic ${await registryToken(user)}`;
    const answer = await fetch(`${roadstead.url}/v2/${account}.us-east-1/app/tags/list`, {
      headers: { authorization, ...headers },
    });
    expect(answer.status).toBe(trusted && allowed ? 200 : 403);
  });

  test.each(rows)("a signed call %s", async (_from, headers, allowed) => {
    const ecr = new ECRClient({
      region: "us-east-1",
      endpoint: roadstead.url,
      credentials: user.ecr.config.credentials,
    });
    // After the signature, as a proxy adds them.
    ecr.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, headers);
        return next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );
    const asked = ecr.send(new DescribeRepositoriesCommand({ repositoryNames: ["app"] }));
    if (trusted && allowed) expect((await asked).repositories).toHaveLength(1);
    else await expect(asked).rejects.toThrow("explicit deny in a resource-based policy");
    ecr.destroy();
  });
});
