import { CreateRepositoryCommand, ListImagesCommand, SetRepositoryPolicyCommand } from "@aws-sdk/client-ecr";
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import * as organizations from "@aws-sdk/client-organizations";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Party, partyOf, policy, rootParty, userParty } from "./clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/**
 * AWS's sentence for every combination of the kinds of policy that bear on a role's session, each allowing, denying,
 * silent or absent, in one account and across two. What is expected is written down anew from the IAM User Guide
 * ("How AWS enforcement code logic evaluates requests", "Cross-account policy evaluation logic", "Troubleshoot access
 * denied error messages"), not taken from the engine.
 */

const says = ["none", "allow", "deny", "silent"] as const;
type Says = (typeof says)[number];
/** Whom the repository's policy allows; `deny` denies everybody. */
const onRepository = ["none", "deny", "account", "role", "session"] as const;
type OnRepository = (typeof onRepository)[number];

/** By what the account's service control policies say. The resources of the other account are the owner's. */
const accountOf: Readonly<Record<Says, string>> = {
  none: "810000000001",
  allow: "810000000002",
  deny: "810000000003",
  silent: "810000000004",
};
const management = "810000000000";
const owner = "810000000009";
const identities = ["allow", "deny", "silent"] as const;

const statement = {
  allow: { Effect: "Allow", Action: "ecr:*", Resource: "*" },
  deny: { Effect: "Deny", Action: "ecr:ListImages", Resource: "*" },
  silent: { Effect: "Allow", Action: "s3:*", Resource: "*" },
} as const;
/** A policy that denies allows as well, so that only its Deny can be the reason. */
const document = (what: "allow" | "deny" | "silent"): string =>
  what === "deny" ? policy(statement.allow, statement.deny) : policy(statement[what]);

/** The kind that a refusal names, and how; `undefined` when the call goes through. */
function expected(
  scp: Says,
  repository: OnRepository,
  identity: Says,
  boundary: Says,
  session: Says,
  across: boolean,
): string | undefined {
  const explicit = (kind: string) => ` with an explicit deny in a ${kind}`;
  if (scp === "deny") return explicit("service control policy");
  if (repository === "deny") return explicit("resource-based policy");
  if (identity === "deny") return " with an explicit deny in an identity-based policy";
  if (boundary === "deny") return explicit("permissions boundary");
  if (session === "deny") return explicit("session policy");
  const silence = (kind: string) => ` because no ${kind} allows the ecr:ListImages action`;
  if (scp === "silent") return silence("service control policy");
  // In one account a policy that names the session itself is enough; one that names the role stands in for its own.
  if (!across && repository === "session") return undefined;
  if (identity === "silent" && (across || repository !== "role")) return silence("identity-based policy");
  if (across && repository === "none") return silence("resource-based policy");
  if (boundary === "silent") return silence("permissions boundary");
  if (session === "silent") return silence("session policy");
  return undefined;
}

const roleName = (identity: Says, boundary: Says): string => `r-${identity}-${boundary}`;

let roadstead: TestRoadstead;
beforeAll(async () => {
  roadstead = await testRoadstead();
  const root = (account: string) => rootParty(roadstead.url, account);
  for (const account of Object.values(accountOf)) await furnish(root(account));
  for (const account of Object.values(accountOf))
    for (const registry of [account, owner]) await repositories(root(registry), account);
  await organize();
}, 120_000);
afterAll(() => roadstead.stop());

/** Roles with every identity policy and boundary. */
async function furnish({ iam, account }: Party): Promise<void> {
  const boundaries = new Map<Says, string | undefined>();
  for (const what of identities) {
    const made = await iam.send(
      new CreatePolicyCommand({ PolicyName: `b-${what}`, PolicyDocument: document(what) }),
    );
    boundaries.set(what, made.Policy?.Arn);
  }
  const AssumeRolePolicyDocument = policy({
    Effect: "Allow",
    Principal: { AWS: account },
    Action: "sts:AssumeRole",
  });
  for (const identity of identities)
    for (const boundary of says) {
      const RoleName = roleName(identity, boundary);
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
      await iam.send(
        new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument: document(identity) }),
      );
      const PermissionsBoundary = boundaries.get(boundary);
      if (PermissionsBoundary === undefined) continue;
      await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary }));
    }
}

/** Repositories of a registry for what their policies say of the callers of one account. */
async function repositories({ ecr }: Party, caller: string): Promise<void> {
  const roles = identities.flatMap((identity) => says.map((boundary) => roleName(identity, boundary)));
  const named: Readonly<Record<string, readonly string[]>> = {
    account: [`arn:aws:iam::${caller}:root`],
    role: roles.map((role) => `arn:aws:iam::${caller}:role/${role}`),
    session: roles.flatMap((role) =>
      says.map((session) => `arn:aws:sts::${caller}:assumed-role/${role}/${session}`),
    ),
  };
  for (const what of onRepository) {
    const repositoryName = `${what}/${caller}`;
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
    if (what === "none") continue;
    const statement =
      what === "deny"
        ? { Effect: "Deny", Principal: "*", Action: "ecr:ListImages" }
        : { Effect: "Allow", Principal: { AWS: named[what] }, Action: "ecr:*" };
    await ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText: policy(statement) }));
  }
}

/** An organization whose members are bound as their accounts are named for. */
async function organize(): Promise<void> {
  const client = (account: string) => new organizations.OrganizationsClient(roadstead.client(account));
  const boss = client(management);
  await boss.send(new organizations.CreateOrganizationCommand({ FeatureSet: "ALL" }));
  const { Roots } = await boss.send(new organizations.ListRootsCommand({}));
  await boss.send(
    new organizations.EnablePolicyTypeCommand({
      RootId: Roots?.[0]?.Id,
      PolicyType: "SERVICE_CONTROL_POLICY",
    }),
  );
  for (const what of identities) {
    const member = client(accountOf[what]);
    const { Handshake } = await boss.send(
      new organizations.InviteAccountToOrganizationCommand({
        Target: { Id: accountOf[what], Type: "ACCOUNT" },
      }),
    );
    await member.send(new organizations.AcceptHandshakeCommand({ HandshakeId: Handshake?.Id }));
    member.destroy();
    if (what === "allow") continue;
    const { Policy } = await boss.send(
      new organizations.CreatePolicyCommand({
        Name: what,
        Description: "",
        Type: "SERVICE_CONTROL_POLICY",
        Content:
          what === "deny"
            ? document("deny")
            : policy({ Effect: "Allow", Action: ["iam:*", "sts:*"], Resource: "*" }),
      }),
    );
    const TargetId = accountOf[what];
    await boss.send(new organizations.AttachPolicyCommand({ PolicyId: Policy?.PolicySummary?.Id, TargetId }));
    if (what === "silent")
      await boss.send(new organizations.DetachPolicyCommand({ PolicyId: "p-FullAWSAccess", TargetId }));
  }
  boss.destroy();
}

/** The clients of a session that is named for what its session policy says. */
async function sessionOf(ann: Party, RoleName: string, what: Says): Promise<Party> {
  const { Credentials: given } = await ann.sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${ann.account}:role/${RoleName}`,
      RoleSessionName: what,
      ...(what !== "none" && { Policy: document(what) }),
    }),
  );
  const credentials = {
    accessKeyId: given?.AccessKeyId ?? "",
    secretAccessKey: given?.SecretAccessKey ?? "",
    sessionToken: given?.SessionToken ?? "",
  };
  return partyOf({ endpoint: roadstead.url, region: "us-east-1", credentials }, ann.account);
}

/** What a caller is told about the images of a repository: nothing, or why not. */
async function told({ ecr }: Party, registryId: string, repositoryName: string): Promise<string | undefined> {
  try {
    await ecr.send(new ListImagesCommand({ registryId, repositoryName }));
    return undefined;
  } catch (error) {
    if (error instanceof Error && error.name === "AccessDeniedException") return error.message;
    throw error;
  }
}

describe.each(says)("an account with service control: %s", (scp) => {
  test.each(identities)("a role whose own policy says: %s", { timeout: 60_000 }, async (identity) => {
    const account = accountOf[scp];
    const ann = await userParty(rootParty(roadstead.url, account), `ann-${identity}`, {
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Resource: "*",
    });
    const wrong: object[] = [];
    let asked = 0;
    for (const boundary of says)
      for (const session of says) {
        const role = roleName(identity, boundary);
        const caller = await sessionOf(ann, role, session);
        for (const registry of [account, owner])
          for (const repository of onRepository) {
            const why = expected(scp, repository, identity, boundary, session, registry === owner);
            const sentence =
              why === undefined
                ? undefined
                : `User: arn:aws:sts::${account}:assumed-role/${role}/${session} is not authorized to perform: ecr:ListImages on resource: arn:aws:ecr:us-east-1:${registry}:repository/${repository}/${account}${why}`;
            const answer = await told(caller, registry, `${repository}/${account}`);
            asked += 1;
            if (answer !== sentence)
              wrong.push({ boundary, session, repository, registry, sentence, answer });
          }
        for (const client of [caller.ecr, caller.iam, caller.sts, caller.cloudtrail]) client.destroy();
      }
    expect(wrong).toEqual([]);
    expect(asked).toBe(160);
  });
});

describe("taking a role", () => {
  const trusts = ["allow", "deny", "silent"] as const;
  const account = accountOf.none;
  const arnOf = (trust: string, of: string) => `arn:aws:iam::${of}:role/trusts-${trust}`;
  beforeAll(async () => {
    for (const of of [account, owner])
      for (const what of trusts) {
        const allow = { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" };
        const elsewhere = { ...allow, Principal: { Service: "ec2.amazonaws.com" } };
        const document = {
          allow: policy(allow),
          deny: policy(allow, { ...allow, Effect: "Deny" }),
          silent: policy(elsewhere),
        }[what];
        await rootParty(roadstead.url, of).iam.send(
          new CreateRoleCommand({ RoleName: `trusts-${what}`, AssumeRolePolicyDocument: document }),
        );
      }
  });

  const rows = trusts.flatMap((trust) =>
    identities.flatMap((identity) => [account, owner].map((of) => [trust, identity, of] as const)),
  );
  test.each(rows)("trust: %s, the caller's own policy: %s, a role of %s", async (trust, identity, of) => {
    const assume = { Action: "sts:AssumeRole", Resource: "*" };
    const bob = await userParty(
      rootParty(roadstead.url, account),
      `bob-${trust}-${identity}-${of === owner}`,
      { Effect: "Allow", Action: "s3:*", Resource: "*" },
      ...(identity === "silent" ? [] : [{ Effect: "Allow", ...assume }]),
      ...(identity === "deny" ? [{ Effect: "Deny", ...assume }] : []),
    );
    const RoleArn = arnOf(trust, of);
    const why = {
      "deny deny": " with an explicit deny in the role trust policy",
      "deny allow": " with an explicit deny in the role trust policy",
      "deny silent": " with an explicit deny in the role trust policy",
      "allow deny": " with an explicit deny in an identity-based policy",
      "silent deny": " with an explicit deny in an identity-based policy",
      "allow silent": " because no identity-based policy allows the sts:AssumeRole action",
      // AWS gives no reason when a role trusts somebody else.
      "silent silent": "",
      "silent allow": "",
      "allow allow": undefined,
    }[`${trust} ${identity}`];
    const answer = await bob.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "watch" })).then(
      () => undefined,
      (error: Error) => error.message,
    );
    expect(answer).toBe(
      why === undefined
        ? undefined
        : `User: arn:aws:iam::${account}:user/bob-${trust}-${identity}-${of === owner} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}${why}`,
    );
  });
});
