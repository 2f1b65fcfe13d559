import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  ECRClient,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";

import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { Sha256Node } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClientSettings, type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

const ours = "000000000000";
const theirs = "111111111111";
let roadstead: TestRoadstead;
let user: ClientSettings;
let requestId: string;

/** Asks the route, signed as somebody; unsigned when nobody is given. */
async function ask(id: string, settings?: ClientSettings, service = "sts"): Promise<Response> {
  const url = new URL(`/_roadstead/decisions/${id}`, roadstead.url);
  if (settings === undefined) return fetch(url);
  const { credentials, region } = settings;
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256Node });
  const { headers } = await signer.sign({
    ...{ method: "GET", protocol: "http:", hostname: url.hostname, path: url.pathname, query: {} },
    headers: { host: url.host },
    body: undefined,
  });
  return fetch(url, { headers });
}

/** A call that another account's repository policy refuses to our user. */
async function refusedId(): Promise<string> {
  const error = await new ECRClient(user)
    .send(
      new BatchGetImageCommand({ registryId: theirs, repositoryName: "app", imageIds: [{ imageTag: "1" }] }),
    )
    .then(
      () => undefined,
      (refused: { readonly $metadata: { readonly requestId?: string } }) => refused,
    );
  return error?.$metadata.requestId ?? "";
}

describe("why a call was decided as it was", () => {
  beforeAll(async () => {
    roadstead = await testRoadstead();
    const iam = new IAMClient(roadstead.client(ours));
    await iam.send(new CreateUserCommand({ UserName: "ann" }));
    await iam.send(
      new PutUserPolicyCommand({
        UserName: "ann",
        PolicyName: "all",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: { Sid: "Mine", Effect: "Allow", Action: "*", Resource: "*" },
        }),
      }),
    );
    const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
    user = {
      ...roadstead.client(ours),
      credentials: { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" },
    };
    const ecr = new ECRClient(roadstead.client(theirs));
    await ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    await ecr.send(
      new SetRepositoryPolicyCommand({
        repositoryName: "app",
        policyText: JSON.stringify({
          Version: "2012-10-17",
          Statement: { Sid: "Theirs", Effect: "Deny", Principal: "*", Action: "ecr:BatchGetImage" },
        }),
      }),
    );
    requestId = await refusedId();
  });

  afterAll(() => roadstead?.stop());

  test("its caller's account sees it, but not what the other account's policy says", async () => {
    const answer = await ask(requestId, user);
    expect(answer.status).toBe(200);
    const report = await answer.json();
    expect(report).toMatchObject({ operation: "ecr:BatchGetImage", outcome: "denied" });
    const [verdict] = report.verdicts;
    expect(verdict.outcome).toBe("explicitDeny");
    expect(verdict.deciding).toEqual([
      expect.objectContaining({ kind: "resource-based policy", statement: null }),
    ]);
    const kinds = Object.fromEntries(
      verdict.considered.map((one: { kind: string; about: unknown[] }) => [one.kind, one.about.length]),
    );
    expect(kinds).toMatchObject({ "identity-based policy": 1, "resource-based policy": 0 });
  });

  test.each<readonly [string, () => Promise<Response>, number]>([
    ["nobody", () => ask(requestId), 403],
    ["another account", () => ask(requestId, roadstead.client(theirs)), 404],
    ["a signature for another service", () => ask(requestId, user, "ecr"), 403],
    ["a request that nobody made", () => ask("none", user), 404],
    ["what is no request id", () => ask("a%2Fb", user), 400],
  ])("%s", async (_who, asked, status) => {
    expect((await asked()).status).toBe(status);
  });

  test("whoever may not decode authorisation messages may not ask", async () => {
    await new IAMClient(roadstead.client(ours)).send(
      new PutUserPolicyCommand({
        UserName: "ann",
        PolicyName: "not-that",
        PolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: { Effect: "Deny", Action: "sts:DecodeAuthorizationMessage", Resource: "*" },
        }),
      }),
    );
    const answer = await ask(requestId, user);
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain("sts:DecodeAuthorizationMessage");
  });
});
