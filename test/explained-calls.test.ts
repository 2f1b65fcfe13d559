import { CreateRoleCommand, GetUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { explanation } from "../src/cli/explain.ts";
import type { DecisionReport } from "../src/dispatch/decision-report.ts";
import { type Party, policy, rootParty, userParty } from "./clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/** Calls over the wire, and how Roadstead explains them afterwards. */

const account = "820000000001";
const ann = `arn:aws:iam::${account}:user/ann`;
const RoleArn = `arn:aws:iam::${account}:role/deck`;
let roadstead: TestRoadstead;
let party: Party;
beforeAll(async () => {
  roadstead = await testRoadstead();
  const root = rootParty(roadstead.url, account);
  const trust = { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" };
  const AssumeRolePolicyDocument = policy({
    ...trust,
    Sid: "Guests",
    Condition: { StringEquals: { "sts:ExternalId": "between-us" } },
  });
  await root.iam.send(new CreateRoleCommand({ RoleName: "deck", AssumeRolePolicyDocument }));
  party = await userParty(
    root,
    "ann",
    { Sid: "Board", Effect: "Allow", Action: "sts:AssumeRole", Resource: RoleArn },
    { Effect: "Allow", Action: "iam:GetUser", Resource: "*", Condition: { Bool: { "aws:x": "true" } } },
  );
});
afterAll(() => roadstead.stop());

async function decisions(query: string): Promise<readonly DecisionReport[]> {
  const answer = await fetch(`${roadstead.url}/_roadstead/decisions?${query}`);
  return ((await answer.json()) as { decisions: readonly DecisionReport[] }).decisions;
}

/** What Roadstead says of a call; `send` ends well or not. */
async function explained(send: () => Promise<{ $metadata: { requestId?: string } }>) {
  const { $metadata } = await send().catch(
    (error: unknown) => error as { $metadata: { requestId?: string } },
  );
  const [report] = await decisions(`request-id=${$metadata.requestId}`);
  if (report === undefined) throw new Error("nothing is known of the call");
  return { report, text: explanation(report) };
}

const assume = (ExternalId: string) =>
  party.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "watch", ExternalId }));

describe("a call that policies decided", () => {
  test("allowed: the statements of both sides, and no secret of theirs", async () => {
    const { report, text } = await explained(() => assume("between-us"));
    expect(report).toMatchObject({ outcome: "allowed", principal: ann, operation: "sts:AssumeRole" });
    expect(report.verdicts[0]?.deciding).toEqual([
      {
        ...{ kind: "identity-based policy", policy: `${ann}/own`, index: 0, sid: "Board", effect: "Allow" },
        statement: JSON.stringify({
          Sid: "Board",
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Resource: RoleArn,
        }),
      },
      {
        ...{ kind: "trust policy", policy: RoleArn, index: 0, sid: "Guests", effect: "Allow" },
        statement: expect.stringContaining('"sts:ExternalId":"(not shown)"'),
      },
    ]);
    expect(text).toContain('sts:externalid = ["(not shown)"]');
    expect(JSON.stringify(report)).not.toContain("between-us");
  });

  test("denied by a condition: the statement, the key, and AWS's sentence", async () => {
    const { report, text } = await explained(() => assume("guess"));
    const sentence = `User: ${ann} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`;
    expect(report).toMatchObject({ outcome: "denied", verdicts: [{ message: sentence }] });
    expect(text).toContain(`answered: ${sentence}\n    decided by silence: no trust policy allows it`);
    expect(text).toContain("Allow statement Guests: does not match (condition on sts:externalid)");
  });

  test("denied for want of a key: the key is named", async () => {
    const { report, text } = await explained(() => party.iam.send(new GetUserCommand({})));
    expect(report.verdicts[0]?.missingContextKeys).toEqual(["aws:x"]);
    expect(text).toContain("Allow statement 1: does not match (condition on aws:x)");
    expect(text).toContain("aws:x is missing, and a condition asked for it");
  });

  test("found by caller, action, outcome and time", async () => {
    const found = await decisions(`principal=${ann}&action=STS:assume*&outcome=denied&since=1h&limit=1`);
    expect(found.map(({ operation }) => operation)).toEqual(["sts:AssumeRole"]);
    expect(await decisions(`principal=${ann}&outcome=refused`)).toEqual([]);
    const wrong = await fetch(`${roadstead.url}/_roadstead/decisions?limit=many`);
    expect([wrong.status, await wrong.json()]).toEqual([
      400,
      { error: "ValidationException", message: "limit: a number from 1 to 1000" },
    ]);
  });
});

describe("a call that no policy was asked about", () => {
  const settings = () => ({ ...roadstead.client(account), maxAttempts: 1 });

  test("signed with a wrong secret", async () => {
    const credentials = { accessKeyId: account, secretAccessKey: "another" };
    const { report, text } = await explained(() =>
      new STSClient({ ...settings(), credentials }).send(new GetCallerIdentityCommand({})),
    );
    expect(report).toMatchObject({
      outcome: "refused",
      principal: null,
      verdicts: [],
      refusal: {
        stage: "request",
        code: "SignatureDoesNotMatch",
        from: expect.stringMatching(/127\.0\.0\.1|::1/),
      },
    });
    expect(text).toContain("by nobody who could be told\n  no policy was asked");
  });

  test("signed with a key that nobody has", async () => {
    const credentials = { accessKeyId: "AKIAAAAAAAAAAAAAAAAA", secretAccessKey: "any" };
    const { report } = await explained(() =>
      new IAMClient({ ...settings(), credentials }).send(new GetUserCommand({})),
    );
    expect(report.refusal).toMatchObject({ stage: "request", code: "InvalidClientTokenId" });
  });

  test("at the registry, with a password that was not issued here", async () => {
    const path = `${roadstead.url}/v2/`;
    const found = () => decisions("outcome=refused&since=1h&limit=1000");
    const before = (await found()).length;
    expect((await fetch(path)).status).toBe(401);
    expect((await found()).length).toBe(before);
    const Authorization = `Basic ${Buffer.from("AWS:mine").toString("base64")}`;
    expect((await fetch(path, { headers: { Authorization } })).status).toBe(401);
    const [report] = await found();
    expect(report).toMatchObject({
      operation: "ecr",
      principal: null,
      refusal: { stage: "request", code: "UNAUTHORIZED", from: expect.stringMatching(/127\.0\.0\.1|::1/) },
    });
    expect(JSON.stringify(report)).not.toContain("mine");
  });

  test("of a known caller, with input that is not valid", async () => {
    const { report, text } = await explained(() =>
      party.iam.send(new GetUserCommand({ UserName: "not a name" })),
    );
    expect(report).toMatchObject({
      outcome: "refused",
      principal: ann,
      operation: "iam:GetUser",
      refusal: { stage: "input", code: "ValidationError" },
    });
    expect(text).toContain("iam:GetUser: refused");
  });
});
