import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  ListPoliciesGrantingServiceAccessCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Party, policy, rootParty, userParty } from "./clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/** ListPoliciesGrantingServiceAccess over the wire, with every way in which a policy comes to somebody. */

const account = "840000000001";
const readOnly = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly";
const arnOf = (what: string) => `arn:aws:iam::${account}:${what}`;
const allow = (...Action: string[]) => policy({ Effect: "Allow", Action, Resource: "*" });
let roadstead: TestRoadstead;
let root: Party;

beforeAll(async () => {
  roadstead = await testRoadstead();
  root = rootParty(roadstead.url, account);
  const { iam } = root;
  await userParty(root, "ann", { Effect: "Allow", Action: ["sqs:*", "s3:Get*"], Resource: "*" });
  const made = async (PolicyName: string, PolicyDocument: string) =>
    (await iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument }))).Policy?.Arn;
  const crew = { GroupName: "crew" };
  await iam.send(new CreateGroupCommand(crew));
  await iam.send(new AddUserToGroupCommand({ ...crew, UserName: "ann" }));
  await iam.send(new PutGroupPolicyCommand({ ...crew, PolicyName: "lines", PolicyDocument: allow("s3:*") }));
  const anchors = await made("anchors", allow("kms:Decrypt", "s3:PutObject"));
  await iam.send(new AttachGroupPolicyCommand({ ...crew, PolicyArn: anchors }));
  await iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: readOnly }));
  // Neither a deny nor a boundary grants anything.
  const none = await made("none", policy({ Effect: "Deny", Action: "sns:*", Resource: "*" }));
  await iam.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: none }));
  const all = await made("all", allow("*"));
  await iam.send(new PutUserPermissionsBoundaryCommand({ UserName: "ann", PermissionsBoundary: all }));
  const AssumeRolePolicyDocument = policy({
    Effect: "Allow",
    Principal: { AWS: account },
    Action: "sts:AssumeRole",
  });
  await iam.send(new CreateRoleCommand({ RoleName: "deck", AssumeRolePolicyDocument }));
  await iam.send(
    new PutRolePolicyCommand({ RoleName: "deck", PolicyName: "own", PolicyDocument: allow("ecr:PutImage") }),
  );
  await iam.send(new AttachRolePolicyCommand({ RoleName: "deck", PolicyArn: all }));
});
afterAll(() => roadstead.stop());

/** Each service with its policies: `own of USER ann`, `arn:…`. */
async function granting(Arn: string, ...ServiceNamespaces: string[]) {
  const { PoliciesGrantingServiceAccess: found = [], ...rest } = await root.iam.send(
    new ListPoliciesGrantingServiceAccessCommand({ Arn, ServiceNamespaces }),
  );
  expect(rest.IsTruncated).toBe(false);
  return Object.fromEntries(
    found.map(({ ServiceNamespace = "", Policies = [] }) => [
      ServiceNamespace,
      Policies.map(({ PolicyName, PolicyType, PolicyArn, EntityType, EntityName }) =>
        PolicyType === "INLINE" ? `${PolicyName} of ${EntityType} ${EntityName}` : String(PolicyArn),
      ).sort(),
    ]),
  );
}

test.each<readonly [string, readonly string[], Readonly<Record<string, readonly string[]>>]>([
  [
    "user/ann",
    ["s3", "sqs", "ecr", "kms", "sns", "ec2"],
    {
      ec2: [],
      ecr: [readOnly],
      kms: [arnOf("policy/anchors")],
      s3: [arnOf("policy/anchors"), "lines of GROUP crew", "own of USER ann"],
      sns: [],
      sqs: ["own of USER ann"],
    },
  ],
  [
    "group/crew",
    ["s3", "sqs", "kms"],
    { kms: [arnOf("policy/anchors")], s3: [arnOf("policy/anchors"), "lines of GROUP crew"], sqs: [] },
  ],
  [
    "role/deck",
    ["ecr", "sns"],
    { ecr: [arnOf("policy/all"), "own of ROLE deck"], sns: [arnOf("policy/all")] },
  ],
])("policies of %s that grant %j", async (who, services, expected) => {
  expect(await granting(arnOf(who), ...services)).toEqual(expected);
});

test("nobody that is not there, no policy, and nothing of another account", async () => {
  for (const who of ["user/none", "policy/all"]) {
    await expect(granting(arnOf(who), "s3")).rejects.toMatchObject({ name: "NoSuchEntityException" });
  }
  await expect(granting("arn:aws:iam::840000000002:user/ann", "s3")).rejects.toThrow();
});
