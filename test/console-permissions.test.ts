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

let roadstead: TestRoadstead;
let user: ClientSettings;

const policy = {
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: ["ecs:Describe*", "ecs:StopTask"], Resource: "*" },
    { Effect: "Allow", Action: "ecs:CreateCluster", Resource: "arn:aws:ecs:*:*:cluster/dev-*" },
    {
      Effect: "Allow",
      Action: "ecs:UpdateService",
      Resource: "*",
      Condition: { ArnEquals: { "ecs:cluster": "arn:aws:ecs:us-east-1:000000000000:cluster/dev" } },
    },
    { Effect: "Deny", Action: "ecs:StopTask", Resource: "arn:aws:ecs:*:*:task/prod/*" },
    {
      Effect: "Allow",
      Action: "ecs:DeleteCluster",
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": "eu-west-1" } },
    },
  ],
};

async function ask(body: unknown, settings: ClientSettings, method = "POST"): Promise<Response> {
  const url = new URL("/_roadstead/permissions", roadstead.url);
  const { credentials, region } = settings;
  const text = method === "POST" ? JSON.stringify(body) : undefined;
  const signer = new SignatureV4({ service: "sts", region, credentials, sha256: Sha256Node });
  const { headers } = await signer.sign({
    ...{ method, protocol: "http:", hostname: url.hostname, path: url.pathname, query: {} },
    headers: { host: url.host, "content-type": "application/json" },
    body: text,
  });
  return fetch(url, { method, headers, ...(text !== undefined && { body: text }) });
}

describe("what the asker may do", () => {
  beforeAll(async () => {
    roadstead = await testRoadstead();
    const iam = new IAMClient(roadstead.client());
    await iam.send(new CreateUserCommand({ UserName: "ann" }));
    await iam.send(
      new PutUserPolicyCommand({
        UserName: "ann",
        PolicyName: "some",
        PolicyDocument: JSON.stringify(policy),
      }),
    );
    const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: "ann" }));
    user = {
      ...roadstead.client(),
      credentials: { accessKeyId: key?.AccessKeyId ?? "", secretAccessKey: key?.SecretAccessKey ?? "" },
    };
  });

  afterAll(() => roadstead?.stop());

  const ecs = "arn:aws:ecs:us-east-1:000000000000";
  test.each<readonly [what: string, action: string, resource: string, outcome: string]>([
    ["a statement allows it", "ecs:DescribeTasks", `${ecs}:task/dev/1`, "allowed"],
    ["a statement denies it", "ecs:StopTask", `${ecs}:task/prod/1`, "denied"],
    ["none speaks of it", "ecs:DeleteService", `${ecs}:service/dev/web`, "denied"],
    ["some resource is allowed", "ecs:CreateCluster", `${ecs}:cluster/*`, "open"],
    ["another resource is allowed", "ecs:CreateCluster", `${ecs}:cluster/prod`, "denied"],
    ["a condition waits for the call", "ecs:UpdateService", `${ecs}:service/dev/web`, "open"],
    ["a condition does not hold", "ecs:DeleteCluster", `${ecs}:cluster/dev`, "denied"],
  ])("%s", async (_what, action, resource, outcome) => {
    const answer = await ask({ permissions: [{ action, resource }] }, user);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ permissions: [{ action, resource, outcome }] });
  });

  test("what is denied says so in the words of the refusal", async () => {
    const resource = `${ecs}:service/dev/web`;
    const answer = await ask({ permissions: [{ action: "ecs:DeleteService", resource }] }, user);
    const { permissions } = (await answer.json()) as { readonly permissions: readonly { message: string }[] };
    expect(permissions[0]?.message).toBe(
      `User: arn:aws:iam::000000000000:user/ann is not authorized to perform: ecs:DeleteService on resource: ${resource} because no identity-based policy allows the ecs:DeleteService action`,
    );
  });

  test.each<readonly [what: string, body: unknown, status: number, message: RegExp]>([
    ["no list", {}, 400, /^permissions: a list/],
    [
      "too many",
      { permissions: Array(101).fill({ action: "a:B", resource: "*" }) },
      400,
      /^permissions: a list of at most 100/,
    ],
    ["a pattern of actions", { permissions: [{ action: "ecs:*", resource: "*" }] }, 400, /\[0\]\.action/],
    ["no resource", { permissions: [{ action: "ecs:StopTask" }] }, 400, /\[0\]\.resource/],
    [
      "another account's resource",
      { permissions: [{ action: "ecs:StopTask", resource: "arn:aws:ecs:us-east-1:111111111111:task/a/b" }] },
      400,
      /of another account/,
    ],
  ])("refused: %s", async (_what, body, status, message) => {
    const answer = await ask(body, user);
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as { readonly message: string }).message).toMatch(message);
  });

  test("whoever did not sign is not answered; nor is GET", async () => {
    const body = JSON.stringify({ permissions: [] });
    const unsigned = await fetch(`${roadstead.url}/_roadstead/permissions`, { method: "POST", body });
    expect(unsigned.status).toBe(403);
    expect((await ask(undefined, user, "GET")).status).toBe(405);
  });
});
