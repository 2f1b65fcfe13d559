import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetFederationTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClientSettings, type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** IAM User Guide, "AWS JSON policy elements: Principal": who is made anew under an old name is somebody else. */

const [home, other] = ["111111111111", "222222222222"];
const annArn = `arn:aws:iam::${home}:user/ann`;
const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: ["sts:*", "ecr:*"], Resource: "*" },
});
let roadstead: TestRoadstead;

beforeAll(async () => {
  roadstead = await testRoadstead();
  await new ecr.ECRClient(roadstead.client(other)).send(
    new ecr.CreateRepositoryCommand({ repositoryName: "app" }),
  );
});
afterAll(() => roadstead.stop());

async function makeAnn(): Promise<ClientSettings> {
  const client = new iam.IAMClient(roadstead.client(home));
  await client.send(new iam.CreateUserCommand({ UserName: "ann" }));
  await client.send(
    new iam.PutUserPolicyCommand({ UserName: "ann", PolicyName: "p", PolicyDocument: everything }),
  );
  const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: "ann" }));
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
  return { ...roadstead.client(home), credentials: { accessKeyId, secretAccessKey } };
}

async function removeAnn({ credentials }: ClientSettings): Promise<void> {
  const client = new iam.IAMClient(roadstead.client(home));
  const UserName = "ann";
  await client.send(new iam.DeleteAccessKeyCommand({ UserName, AccessKeyId: credentials.accessKeyId }));
  await client.send(new iam.DeleteUserPolicyCommand({ UserName, PolicyName: "p" }));
  await client.send(new iam.DeleteUserCommand({ UserName }));
}

/** What became of a call: `ok`, or the error's name. */
async function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "ok",
    (error: Error) => error.name,
  );
}

const takeRole = (who: ClientSettings) =>
  outcome(
    new STSClient(who).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${other}:role/open`, RoleSessionName: "session" }),
    ),
  );
const pull = (who: ClientSettings) =>
  outcome(
    new ecr.ECRClient(who).send(
      new ecr.BatchGetImageCommand({
        registryId: other,
        repositoryName: "app",
        imageIds: [{ imageTag: "v1" }],
      }),
    ),
  );

test("a trust policy and a repository policy trust the user that they named, by id", async () => {
  let ann = await makeAnn();
  const owner = new iam.IAMClient(roadstead.client(other));
  const registry = new ecr.ECRClient(roadstead.client(other));
  const allow = (Action: string) => ({ Effect: "Allow", Principal: { AWS: annArn }, Action });
  await owner.send(
    new iam.CreateRoleCommand({
      RoleName: "open",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [allow("sts:AssumeRole")],
      }),
    }),
  );
  const policy = { Version: "2012-10-17", Statement: [allow("ecr:BatchGetImage")] };
  const set = await registry.send(
    new ecr.SetRepositoryPolicyCommand({ repositoryName: "app", policyText: JSON.stringify(policy) }),
  );
  expect(JSON.parse(set.policyText ?? "")).toEqual(policy);
  await registry.send(
    new ecr.PutRegistryPolicyCommand({
      policyText: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ ...allow("ecr:ReplicateImage"), Resource: "*" }],
      }),
    }),
  );
  expect([await takeRole(ann), await pull(ann)]).toEqual(["ok", "ok"]);

  const federated = await new STSClient(ann).send(
    new GetFederationTokenCommand({ Name: "guest", Policy: everything }),
  );
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken } = federated.Credentials ?? {};
  const guest = {
    ...ann,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  };
  // The policy names the user behind the session.
  expect(await pull(guest)).toBe("ok");

  await removeAnn(ann);
  ann = await makeAnn();
  expect([await takeRole(ann), await pull(ann)]).toEqual(["AccessDenied", "AccessDeniedException"]);
  const shown = await registry.send(new ecr.GetRepositoryPolicyCommand({ repositoryName: "app" }));
  const id = JSON.parse(shown.policyText ?? "").Statement[0].Principal.AWS;
  expect(id).toMatch(/^AIDA[A-Z2-7]{17}$/);
  const ofRegistry = await registry.send(new ecr.GetRegistryPolicyCommand({}));
  expect(ofRegistry.policyText).toContain(id);
  const deleted = await registry.send(new ecr.DeleteRegistryPolicyCommand({}));
  expect(deleted.policyText).toBe(ofRegistry.policyText);
});

test.each([`arn:aws:iam::${home}:user/nobody`, `arn:aws:iam::${home}:group/team`, "AROAAAAAAAAAAAAAAAAAA"])(
  "ECR refuses a policy that names nobody: %s",
  async (AWS) => {
    const registry = new ecr.ECRClient(roadstead.client(other));
    const statement = { Effect: "Allow", Principal: { AWS }, Action: "ecr:*" };
    const policyText = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await expect(
      registry.send(new ecr.SetRepositoryPolicyCommand({ repositoryName: "app", policyText })),
    ).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("Invalid repository policy provided"),
    });
  },
);
