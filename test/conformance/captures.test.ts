import * as iam from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import immutability from "../fixtures/captures/iam/managed_policy_immutability.json" with { type: "json" };
import attachment from "../fixtures/captures/iam/reserved_policy_attachment.json" with { type: "json" };
import roleWire from "../fixtures/captures/iam/role_wire_aws.json" with { type: "json" };
import description from "../fixtures/captures/iam/service_linked_description_aws.json" with { type: "json" };
import membership from "../fixtures/captures/iam/service_linked_membership_aws.json" with { type: "json" };
import linkedRoles from "../fixtures/captures/iam/service_linked_roles_aws.json" with { type: "json" };
import sessionPolicy from "../fixtures/captures/sts/managed_session_policy.json" with { type: "json" };
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** AWS's recorded answers, asked for again: every member that was there is there, and none besides. */

const account = "123456789012";
let roadstead: TestRoadstead;
let client: iam.IAMClient;
beforeAll(async () => {
  roadstead = await testRoadstead();
  client = new iam.IAMClient(roadstead.client(account));
});
afterAll(() => roadstead.stop());

type Call = () => Promise<unknown>;

/** What a call gave, in the form in which the recordings have it. */
async function answered(name: string, call: Call): Promise<unknown> {
  try {
    const output = plain(await call());
    delete output.$metadata;
    delete output.IsTruncated;
    return { name, ...output };
  } catch (error) {
    if (!(error instanceof Error) || !("Code" in error)) throw error;
    return { name, error: error.Code, message: error.message };
  }
}

/** An answer as JSON, with documents read, and ids and times replaced. */
function plain(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value), (key, member: unknown) => {
    if (key === "AssumeRolePolicyDocument" && typeof member === "string")
      return JSON.parse(decodeURIComponent(member)) as unknown;
    if (key === "RoleId" || key === "CreateDate") return `some ${key}`;
    if (key === "DeletionTaskId") return String(member).replace(/[^/]+$/, "some id");
    return member;
  }) as Record<string, unknown>;
}

interface Observation {
  readonly name: string;
  readonly error?: string;
  readonly detail?: string;
}

/** A recorded observation in the same form: the error's text without the command line's frame. */
function recorded(observation: Observation): unknown {
  const { detail, ...rest } = plain(observation);
  if (typeof detail !== "string") return rest;
  return { ...rest, message: detail.replace(/^aws: \[ERROR\]: .*? operation: /, "") };
}

/** Replays observations in their order; each has a call, and each call an observation. */
function replay(observations: readonly Observation[], calls: Readonly<Record<string, Call>>): void {
  test("every observation has its call", () => {
    expect(Object.keys(calls)).toEqual(observations.map(({ name }) => name));
  });
  test.each(observations.map((observation) => [observation.name, observation] as const))(
    "%s",
    async (name, observation) => {
      const call = calls[name];
      if (call === undefined) throw new Error(`no call ${name}`);
      expect(await answered(name, call)).toEqual(recorded(observation));
    },
  );
}

describe("a role's answers", () => {
  const RoleName = "stackdprobe";
  const trust = {
    Effect: "Allow",
    Action: "sts:AssumeRole",
    Principal: { Service: "ec2.amazonaws.com" },
  };
  replay(roleWire.observations, {
    create: () =>
      client.send(
        new iam.CreateRoleCommand({
          RoleName,
          Path: "/stackdprobe/",
          Description: "created-description",
          PermissionsBoundary: "arn:aws:iam::aws:policy/ReadOnlyAccess",
          Tags: [{ Key: "team", Value: "probe" }],
          AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
        }),
      ),
    get: () => client.send(new iam.GetRoleCommand({ RoleName })),
    list: () => client.send(new iam.ListRolesCommand({ PathPrefix: "/stackdprobe/" })),
    "update-description": () =>
      client.send(new iam.UpdateRoleDescriptionCommand({ RoleName, Description: "updated-description" })),
    "get-after-description": () => client.send(new iam.GetRoleCommand({ RoleName })),
  });
});

const autoScaling = "autoscaling.amazonaws.com";
const linkedName = "AWSServiceRoleForAutoScaling_stackdprobe";

/** Deletes the role that a block has made, and waits until it is gone. */
async function deleted(): Promise<void> {
  const { DeletionTaskId } = await client.send(
    new iam.DeleteServiceLinkedRoleCommand({ RoleName: linkedName }),
  );
  await settled(DeletionTaskId);
}

/** The status of a deletion once it has one that is final. */
async function settled(DeletionTaskId: string | undefined): Promise<unknown> {
  for (;;) {
    const status = await client
      .send(new iam.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }))
      .catch((error: unknown) => {
        // AWS: a task may not be found in its first moments.
        if (error instanceof iam.NoSuchEntityException) return undefined;
        throw error;
      });
    if (status?.Status === "SUCCEEDED" || status?.Status === "FAILED") return status;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("a service-linked role's description", () => {
  replay(description.observations, {
    "create-with-description": () =>
      client.send(
        new iam.CreateServiceLinkedRoleCommand({
          AWSServiceName: autoScaling,
          CustomSuffix: "stackdprobe",
          Description: "owned description probe",
        }),
      ),
    "get-created-description": () => client.send(new iam.GetRoleCommand({ RoleName: linkedName })),
  });
  afterAll(deleted);
});

describe("a service-linked role and instance profiles", () => {
  const InstanceProfileName = "stackdprobe";
  beforeAll(async () => {
    await client.send(
      new iam.CreateServiceLinkedRoleCommand({ AWSServiceName: autoScaling, CustomSuffix: "stackdprobe" }),
    );
    await client.send(new iam.CreateInstanceProfileCommand({ InstanceProfileName }));
    const AssumeRolePolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: account } }],
    });
    await client.send(
      new iam.CreateRoleCommand({ RoleName: "stackdprobeordinary", AssumeRolePolicyDocument }),
    );
  });
  replay(membership.observations, {
    "delete-ordinary-as-service-linked": () =>
      client.send(new iam.DeleteServiceLinkedRoleCommand({ RoleName: "stackdprobeordinary" })),
    "add-to-instance-profile": () =>
      client.send(new iam.AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: linkedName })),
    "remove-from-instance-profile": () =>
      client.send(
        new iam.RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: linkedName }),
      ),
  });
  afterAll(deleted);
});

describe("a service-linked role's life", () => {
  const RoleName = linkedName;
  const PolicyArn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
  });
  const trust = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: account } }],
  });
  const create = (AWSServiceName: string) =>
    client.send(new iam.CreateServiceLinkedRoleCommand({ AWSServiceName, CustomSuffix: "stackdprobe" }));
  let task: string | undefined;
  const deletion = async () => {
    const answer = await client.send(new iam.DeleteServiceLinkedRoleCommand({ RoleName }));
    task = answer.DeletionTaskId;
    return answer;
  };
  const status = (DeletionTaskId: string) =>
    client.send(new iam.GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
  // AWS took a minute to delete the role; here it may be gone before the next call (docs/fidelity.md).
  const timed = new Set(["repeat-delete", "first-status"]);
  const observations = linkedRoles.observations.filter(({ name }) => !timed.has(name));

  replay(observations, {
    create: () => create(autoScaling),
    "duplicate-create": () => create(autoScaling),
    get: () => client.send(new iam.GetRoleCommand({ RoleName })),
    "attached-policies": () => client.send(new iam.ListAttachedRolePoliciesCommand({ RoleName })),
    "inline-policies": () => client.send(new iam.ListRolePoliciesCommand({ RoleName })),
    "update-description": () =>
      client.send(
        new iam.UpdateRoleDescriptionCommand({
          RoleName,
          Description: "Owned stackd probe updated description",
        }),
      ),
    "update-duration": () => client.send(new iam.UpdateRoleCommand({ RoleName, MaxSessionDuration: 7200 })),
    "tag-role": () =>
      client.send(new iam.TagRoleCommand({ RoleName, Tags: [{ Key: "team", Value: "probe" }] })),
    "update-trust": () =>
      client.send(new iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust })),
    "put-inline-policy": () =>
      client.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument })),
    "attach-policy": () => client.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn })),
    "detach-policy": () => client.send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn })),
    "delete-inline": () => client.send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName: "p" })),
    "put-boundary": () =>
      client.send(new iam.PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: PolicyArn })),
    "delete-boundary": () => client.send(new iam.DeleteRolePermissionsBoundaryCommand({ RoleName })),
    "update-role-description": () =>
      client.send(new iam.UpdateRoleCommand({ RoleName, Description: "Another description" })),
    "delete-role-directly": () => client.send(new iam.DeleteRoleCommand({ RoleName })),
    "delete-service-linked-role": deletion,
    "completed-status": () => settled(task),
    "get-deleted-role": () => client.send(new iam.GetRoleCommand({ RoleName })),
    "unknown-task": () =>
      status(`task/aws-service-role/${autoScaling}/${linkedName}/00000000-0000-4000-8000-000000000000`),
    "malformed-task": () => status("malformed-task"),
    "suffix-ecs.amazonaws.com": () => create("ecs.amazonaws.com"),
    "suffix-elasticloadbalancing.amazonaws.com": () => create("elasticloadbalancing.amazonaws.com"),
    "suffix-rds.amazonaws.com": () => create("rds.amazonaws.com"),
  });
});

describe("AWS's own policies", () => {
  const UserName = "stackdprobe";
  beforeAll(async () => {
    await client.send(new iam.CreateUserCommand({ UserName }));
  });
  const calls: Readonly<Record<string, (arn: string) => Promise<unknown>>> = {
    "delete-policy": (PolicyArn) => client.send(new iam.DeletePolicyCommand({ PolicyArn })),
    "create-policy-version": (PolicyArn) =>
      client.send(
        new iam.CreatePolicyVersionCommand({
          PolicyArn,
          PolicyDocument:
            '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}',
        }),
      ),
    "set-default-policy-version": (PolicyArn) =>
      client.send(new iam.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: "v1" })),
    "delete-policy-version": (PolicyArn) =>
      client.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId: "v1" })),
    "tag-policy": (PolicyArn) =>
      client.send(new iam.TagPolicyCommand({ PolicyArn, Tags: [{ Key: "k", Value: "v" }] })),
    "untag-policy": (PolicyArn) => client.send(new iam.UntagPolicyCommand({ PolicyArn, TagKeys: ["k"] })),
    "list-policy-tags": (PolicyArn) => client.send(new iam.ListPolicyTagsCommand({ PolicyArn })),
    "get-policy": (PolicyArn) => client.send(new iam.GetPolicyCommand({ PolicyArn })),
    "attach-user-policy": (PolicyArn) =>
      client.send(new iam.AttachUserPolicyCommand({ UserName, PolicyArn })),
    "put-user-permissions-boundary": (PolicyArn) =>
      client.send(new iam.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: PolicyArn })),
  };
  const scenarios = [...immutability.scenarios, ...attachment.scenarios];

  test.each(scenarios.map((scenario) => [scenario.operation, scenario.policy_arn, scenario] as const))(
    "%s %s",
    async (name, arn, scenario) => {
      const call = calls[name];
      if (call === undefined) throw new Error(`no call ${name}`);
      const [, error, message] = /\((\w+)\) when calling .*? operation: (.*)\n$/.exec(scenario.stderr) ?? [];
      const output = JSON.parse(("stdout" in scenario && scenario.stdout) || "{}") as object;
      expect(await answered(name, () => call(arn))).toEqual({
        name,
        ...(error === undefined ? output : { error, message }),
      });
    },
  );
});

test("a session feels the new default version of its managed session policy", async () => {
  const UserName = "sessionprobe";
  const document = (Effect: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect, Action: "iam:ListUsers", Resource: "*" }],
    });
  await client.send(new iam.CreateUserCommand({ UserName }));
  const assume = { Effect: "Allow", Action: "sts:AssumeRole", Resource: "*" };
  await client.send(
    new iam.PutUserPolicyCommand({
      UserName,
      PolicyName: "p",
      PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [assume] }),
    }),
  );
  const { AccessKey: key } = await client.send(new iam.CreateAccessKeyCommand({ UserName }));
  const { Role: role } = await client.send(
    new iam.CreateRoleCommand({
      RoleName: UserName,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: account } }],
      }),
    }),
  );
  await client.send(
    new iam.PutRolePolicyCommand({
      RoleName: UserName,
      PolicyName: "p",
      PolicyDocument: document("Allow"),
    }),
  );
  const { Policy: policy } = await client.send(
    new iam.CreatePolicyCommand({
      PolicyName: UserName,
      PolicyDocument: document(sessionPolicy.initial_policy_effect),
    }),
  );
  const sts = new STSClient({
    ...roadstead.client(account),
    credentials: {
      accessKeyId: key?.AccessKeyId ?? "",
      secretAccessKey: key?.SecretAccessKey ?? "",
    },
  });
  const { Credentials: session } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: role?.Arn,
      RoleSessionName: "probe",
      DurationSeconds: sessionPolicy.provenance.session_duration_seconds,
      PolicyArns: [{ arn: policy?.Arn }],
    }),
  );
  const inSession = new iam.IAMClient({
    ...roadstead.client(account),
    credentials: {
      accessKeyId: session?.AccessKeyId ?? "",
      secretAccessKey: session?.SecretAccessKey ?? "",
      sessionToken: session?.SessionToken,
    },
  });
  const observe = async (phase: string) =>
    inSession.send(new iam.ListUsersCommand({})).then(
      () => ({ phase, allowed: true }),
      (error: unknown) => ({ phase, allowed: false, error_code: (error as { Code?: string }).Code }),
    );
  const before = await observe("before_change");
  await client.send(
    new iam.CreatePolicyVersionCommand({
      PolicyArn: policy?.Arn,
      PolicyDocument: document(sessionPolicy.updated_policy_effect),
      SetAsDefault: true,
    }),
  );
  expect([before, await observe("after_default_version_change")]).toEqual(sessionPolicy.observations);
});
