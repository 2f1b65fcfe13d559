import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DeleteServiceLinkedRoleCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  adjustableOwner,
  type Door,
  openDoor,
  testAccount,
  userPrincipal,
} from "../../../test/support/iam-door.ts";
import type { SdkCommand } from "../../dispatch/context.ts";
import type { Arn, Region, RoleId } from "../../kernel/brand.ts";
import { deletionQueue } from "./deletion-task.ts";

// Shapes, codes and texts: recorded from AWS on 2026-09-11 (an Auto Scaling role with a suffix).
const principal = "autoscaling.amazonaws.com";
const name = "AWSServiceRoleForAutoScaling_probe";
const policyArn = "arn:aws:iam::aws:policy/aws-service-role/AutoScalingServiceRolePolicy";
const document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const trust =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}';

const scaling = adjustableOwner(principal);
let door: Door;
beforeAll(async () => {
  door = await openDoor({ roleOwners: [scaling.owner] });
});
afterAll(() => door.close());

const fault = (code: string, message: string) => expect.objectContaining({ code, message });
const parsed = (encoded: string | undefined): unknown => JSON.parse(decodeURIComponent(encoded ?? ""));

describe("a service-linked role", () => {
  test("is made as AWS makes it", async () => {
    const root = door.root(testAccount);
    const create = new CreateServiceLinkedRoleCommand({
      AWSServiceName: principal,
      CustomSuffix: "probe",
      Description: "first",
    });
    const { Role: made } = await root.send(create);
    expect(made).toEqual({
      Path: "/aws-service-role/autoscaling.amazonaws.com/",
      RoleName: name,
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${testAccount}:role/aws-service-role/autoscaling.amazonaws.com/${name}`,
      CreateDate: expect.any(Date),
      AssumeRolePolicyDocument: expect.not.stringMatching(/[{}" ]/),
    });
    expect(made?.AssumeRolePolicyDocument).toBe(
      "%7B%22Version%22%3A%20%222012-10-17%22%2C%20%22Statement%22%3A%20%5B%7B%22Action%22%3A%20%5B%22sts%3AAssumeRole%22%5D%2C%20%22Effect%22%3A%20%22Allow%22%2C%20%22Principal%22%3A%20%7B%22Service%22%3A%20%5B%22autoscaling.amazonaws.com%22%5D%7D%7D%5D%7D",
    );
    await expect(root.send(create)).rejects.toEqual(
      fault(
        "InvalidInput",
        `Service role name ${name} has been taken in this account, please try a different suffix.`,
      ),
    );

    const { Role: got } = await root.send(new GetRoleCommand({ RoleName: name }));
    expect(got).toEqual({
      ...made,
      AssumeRolePolicyDocument: expect.any(String),
      Description: "first",
      MaxSessionDuration: 3600,
      RoleLastUsed: {},
    });
    expect(parsed(got?.AssumeRolePolicyDocument)).toEqual({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { Service: principal }, Action: "sts:AssumeRole" }],
    });
    const attached = await root.send(new ListAttachedRolePoliciesCommand({ RoleName: name }));
    expect(attached.AttachedPolicies).toEqual([
      { PolicyName: "AutoScalingServiceRolePolicy", PolicyArn: policyArn },
    ]);
    const inline = await root.send(new ListRolePoliciesCommand({ RoleName: name }));
    expect(inline.PolicyNames).toEqual([]);
  });

  const modifiableByAws = `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`;
  test.each([
    [
      "trust policy",
      new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: trust }),
      modifiableByAws,
    ],
    [
      "inline policy",
      new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument: document }),
      modifiableByAws,
    ],
    [
      "inline policy's end",
      new DeleteRolePolicyCommand({ RoleName: name, PolicyName: "p" }),
      modifiableByAws,
    ],
    [
      "attachment",
      new AttachRolePolicyCommand({ RoleName: name, PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }),
      modifiableByAws,
    ],
    ["detachment", new DetachRolePolicyCommand({ RoleName: name, PolicyArn: policyArn }), modifiableByAws],
    [
      "boundary",
      new PutRolePermissionsBoundaryCommand({
        RoleName: name,
        PermissionsBoundary: "arn:aws:iam::aws:policy/ReadOnlyAccess",
      }),
      modifiableByAws,
    ],
    ["boundary's end", new DeleteRolePermissionsBoundaryCommand({ RoleName: name }), modifiableByAws],
    ["deletion as an ordinary role", new DeleteRoleCommand({ RoleName: name }), modifiableByAws],
    [
      "longer sessions",
      new UpdateRoleCommand({ RoleName: name, MaxSessionDuration: 7200 }),
      `${name} is an AWS service linked role, max session duration cannot be changed.`,
    ],
  ] as readonly (readonly [string, SdkCommand<object, unknown>, string])[])(
    "refuses: %s",
    async (_what, command, message) => {
      await expect(door.root(testAccount).send(command)).rejects.toEqual(
        fault("UnmodifiableEntity", message),
      );
    },
  );

  test("refuses: a place in an instance profile, and being taken out of one", async () => {
    const root = door.root(testAccount);
    await root.send(new CreateInstanceProfileCommand({ InstanceProfileName: "profile" }));
    const input = { InstanceProfileName: "profile", RoleName: name };
    const refused = fault("UnmodifiableEntity", modifiableByAws);
    await expect(root.send(new AddRoleToInstanceProfileCommand(input))).rejects.toEqual(refused);
    await expect(root.send(new RemoveRoleFromInstanceProfileCommand(input))).rejects.toEqual(refused);
  });

  test("takes another description, and tags", async () => {
    const root = door.root(testAccount);
    const { Role: described } = await root.send(
      new UpdateRoleDescriptionCommand({ RoleName: name, Description: "second" }),
    );
    expect(described?.Description).toBe("second");
    expect(described).not.toHaveProperty("MaxSessionDuration");
    await root.send(new UpdateRoleCommand({ RoleName: name, Description: "third" }));
    await root.send(
      new TagRoleCommand({
        RoleName: name,
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
        ],
      }),
    );
    await root.send(new UntagRoleCommand({ RoleName: name, TagKeys: ["A"] }));
    const { Tags } = await root.send(new ListRoleTagsCommand({ RoleName: name }));
    expect(Tags).toEqual([{ Key: "b", Value: "2" }]);
    const { Role: got } = await root.send(new GetRoleCommand({ RoleName: name }));
    expect(got).toMatchObject({
      Description: "third",
      MaxSessionDuration: 3600,
      Tags: [{ Key: "b", Value: "2" }],
    });
  });

  test("has policies that attach to nothing else", async () => {
    const root = door.root(testAccount);
    await root.send(new CreateRoleCommand({ RoleName: "ordinary", AssumeRolePolicyDocument: trust }));
    await root.send(new CreateUserCommand({ UserName: "ann" }));
    await expect(
      root.send(new AttachRolePolicyCommand({ RoleName: "ordinary", PolicyArn: policyArn })),
    ).rejects.toEqual(
      fault("PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role."),
    );
    await expect(
      root.send(new AttachUserPolicyCommand({ UserName: "ann", PolicyArn: policyArn })),
    ).rejects.toEqual(fault("PolicyNotAttachable", "Cannot attach AWS reserved policy to an IAM user."));
  });

  test.each([
    [
      "of a service without suffixes",
      { AWSServiceName: "ecs.amazonaws.com", CustomSuffix: "x" },
      "Custom suffix is not allowed for ecs.amazonaws.com",
    ],
    [
      "of an unknown service",
      { AWSServiceName: "nobody.amazonaws.com" },
      "nobody.amazonaws.com is not a service that has service-linked roles.",
    ],
  ])("is not made %s", async (_what, input, message) => {
    await expect(door.root(testAccount).send(new CreateServiceLinkedRoleCommand(input))).rejects.toEqual(
      fault("InvalidInput", message),
    );
  });

  test.each([
    [
      { Path: "/aws-service-role/ecs.amazonaws.com/", RoleName: "AWSServiceRoleForECS" },
      "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles",
    ],
    [
      { RoleName: "awsservicerolefornothing" },
      "Role names beginning with 'AWSServiceRoleFor' can only be used for roles that AWS creates",
    ],
  ])("cannot be imitated: %o", async (input, message) => {
    const command = new CreateRoleCommand({ ...input, AssumeRolePolicyDocument: trust });
    await expect(door.root(testAccount).send(command)).rejects.toEqual(fault("InvalidInput", message));
  });
});

describe("the permission to make one", () => {
  const allow = (condition: object, resource: string) =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Action: "iam:CreateServiceLinkedRole",
        Resource: resource,
        Condition: condition,
      },
    });
  const role = `arn:aws:iam::${testAccount}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`;
  test.each([
    ["for that service", allow({ StringLike: { "iam:AWSServiceName": "ecs.amazonaws.com" } }, "*"), true],
    [
      "for that role",
      allow({}, "arn:aws:iam::*:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS*"),
      true,
    ],
    ["for another service", allow({ StringLike: { "iam:AWSServiceName": "ecr.amazonaws.com" } }, "*"), false],
    ["for another role", allow({}, "arn:aws:iam::*:role/aws-service-role/ecr.amazonaws.com/*"), false],
  ])("%s", async (what, policy, allowed) => {
    const root = door.root(testAccount);
    const { User } = await root.send(new CreateUserCommand({ UserName: what.replaceAll(" ", "-") }));
    await root.send(
      new PutUserPolicyCommand({ UserName: User?.UserName, PolicyName: "p", PolicyDocument: policy }),
    );
    const call = door
      .as(userPrincipal(User))
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "ecs.amazonaws.com" }));
    const answer = await call.then(
      () => "made",
      (error: Error) => error.message,
    );
    expect(answer).toMatch(
      allowed
        ? /^(made|Service role name AWSServiceRoleForECS has been taken)/
        : `User: ${User?.Arn} is not authorized to perform: iam:CreateServiceLinkedRole on resource: ${role} because no identity-based policy allows the iam:CreateServiceLinkedRole action`,
    );
  });
});

describe("deletion", () => {
  const status = (id: string | undefined) =>
    door.root(testAccount).send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId: id }));
  const remove = () => door.root(testAccount).send(new DeleteServiceLinkedRoleCommand({ RoleName: name }));
  const unknown = fault("NoSuchEntity", "Cannot find deletion status for given id.");

  test("fails while the role is in use, one region an attempt, then succeeds; the role can be made anew", async () => {
    scaling.inUse.set("us-west-2" as Region, ["arn:b"]);
    scaling.inUse.set("us-east-1" as Region, ["arn:a2", "arn:a1"]);
    for (const [region, resources] of [
      ["us-east-1", ["arn:a1", "arn:a2"]],
      ["us-west-2", ["arn:b"]],
    ] as const) {
      const { DeletionTaskId: id } = await remove();
      expect(id).toMatch(`task/aws-service-role/autoscaling.amazonaws.com/${name}/`);
      expect((await remove()).DeletionTaskId).toBe(id);
      await expect(status(id)).rejects.toEqual(unknown);
      expect(await door.workOnDeletions()).toBe(1);
      expect(await status(id)).toEqual({ Status: "IN_PROGRESS" });
      expect((await remove()).DeletionTaskId).toBe(id);
      expect(await door.workOnDeletions()).toBe(1);
      expect(await status(id)).toEqual({
        Status: "FAILED",
        Reason: { Reason: "Role in use.", RoleUsageList: [{ Region: region, Resources: resources }] },
      });
      expect(await door.workOnDeletions()).toBe(0);
      await door.root(testAccount).send(new GetRoleCommand({ RoleName: name }));
      scaling.inUse.delete(region as Region);
    }
    const { DeletionTaskId: id } = await remove();
    await door.workOnDeletions();
    await door.workOnDeletions();
    expect(await status(id)).toEqual({ Status: "SUCCEEDED" });
    const root = door.root(testAccount);
    await expect(root.send(new GetRoleCommand({ RoleName: name }))).rejects.toEqual(
      fault("NoSuchEntity", `The role with name ${name} cannot be found.`),
    );
    await expect(remove()).rejects.toEqual(
      fault("NoSuchEntity", `The role with name ${name} cannot be found.`),
    );
    const { Role } = await root.send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: principal, CustomSuffix: "probe" }),
    );
    expect(Role?.RoleName).toBe(name);
  });

  test("fails while a call in a session of the role is under way; a session that rests does not matter", async () => {
    const { Role } = await door.root(testAccount).send(new GetRoleCommand({ RoleName: name }));
    const session = `arn:aws:sts::${testAccount}:assumed-role/${name}/scaling` as Arn;
    const end = door.running.begin(
      {
        type: "AssumedRole",
        account: testAccount,
        arn: session,
        roleArn: Role?.Arn as Arn,
        roleName: name,
        roleId: Role?.RoleId as RoleId,
        sessionName: "scaling",
        accessKeyId: "ASIASCALING",
        session: { issuedAt: 0, expiresAt: Number.MAX_SAFE_INTEGER },
        invokedBy: principal,
      },
      "eu-west-1" as Region,
    );
    const { DeletionTaskId: id } = await remove();
    await door.workOnDeletions();
    await door.workOnDeletions();
    expect(await status(id)).toEqual({
      Status: "FAILED",
      Reason: { Reason: "Role in use.", RoleUsageList: [{ Region: "eu-west-1", Resources: [session] }] },
    });
    end();
    const { DeletionTaskId: again } = await remove();
    await door.workOnDeletions();
    await door.workOnDeletions();
    expect(await status(again)).toEqual({ Status: "SUCCEEDED" });
    await door
      .root(testAccount)
      .send(new CreateServiceLinkedRoleCommand({ AWSServiceName: principal, CustomSuffix: "probe" }));
  });

  test("is given up when it could not be decided for long", async () => {
    const { DeletionTaskId: id } = await remove();
    await door.workOnDeletions();
    const [job] = await door.store.jobs.claim(deletionQueue, 1, 60_000);
    if (job === undefined) throw new Error("no job");
    await door.conclude({ ...job, attempt: 9 });
    expect(await status(id)).toEqual({
      Status: "FAILED",
      Reason: { Reason: "Role could not be deleted because of an internal error.", RoleUsageList: [] },
    });
    await door.root(testAccount).send(new GetRoleCommand({ RoleName: name }));
  });

  test("counts unfinished jobs of the role as use", async () => {
    const resource = "arn:aws:ecr:eu-west-1:111122223333:repository/app";
    await door.store.transaction((tx) =>
      tx.enqueue({
        queue: "work",
        key: "one",
        account: testAccount,
        region: "eu-west-1" as Region,
        servicePrincipal: principal,
        payload: { resource },
      }),
    );
    const { DeletionTaskId: id } = await remove();
    await door.workOnDeletions();
    await door.workOnDeletions();
    expect(await status(id)).toMatchObject({
      Status: "FAILED",
      Reason: { RoleUsageList: [{ Region: "eu-west-1", Resources: [resource] }] },
    });
    const [job] = await door.store.jobs.claim("work", 1, 60_000);
    if (job === undefined) throw new Error("no job");
    await door.store.transaction((tx) => door.store.jobs.finish(tx, job));
  });

  test("a step whose job has become another worker's changes nothing", async () => {
    const { DeletionTaskId: id } = await remove();
    const [job] = await door.store.jobs.claim(deletionQueue, 1, 60_000);
    if (job === undefined) throw new Error("no job");
    expect(await door.conclude({ ...job, lease: "lost" })).toBe(false);
    await expect(status(id)).rejects.toEqual(unknown);
    expect(await door.conclude(job)).toBe(true);
    expect(await door.conclude(job)).toBe(false);
    expect(await status(id)).toEqual({ Status: "IN_PROGRESS" });
  });

  test.each([
    [
      "task/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling/00000000-0000-0000-0000-000000000000",
      unknown,
    ],
    ["task/something", fault("InvalidInput", "Invalid task id")],
    ["x", fault("InvalidInput", "Invalid task id")],
  ])("status of %s", async (id, refused) => {
    await expect(status(id)).rejects.toEqual(refused);
  });

  test("is not for ordinary roles, and not of another account's", async () => {
    const refused = door.root(testAccount).send(new DeleteServiceLinkedRoleCommand({ RoleName: "ordinary" }));
    await expect(refused).rejects.toEqual(
      fault("NoSuchEntity", "ordinary exists but is not a service role."),
    );
    const other = door.root("444455556666" as typeof testAccount);
    await expect(other.send(new DeleteServiceLinkedRoleCommand({ RoleName: name }))).rejects.toEqual(
      fault("NoSuchEntity", `The role with name ${name} cannot be found.`),
    );
  });
});
