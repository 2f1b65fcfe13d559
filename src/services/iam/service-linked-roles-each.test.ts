import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
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
  ListEntitiesForPolicyCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  UpdateRoleDescriptionCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Door,
  dataDirectory,
  openDoor,
  testAccount,
  userPrincipal,
} from "../../../test/support/iam-door.ts";
import type { SdkCommand } from "../../dispatch/context.ts";
import type { AccountId } from "../../kernel/brand.ts";
import type { UserPrincipal } from "../../kernel/principal.ts";
import { openManagedPolicies } from "./managed-policy-catalogue.ts";
import { openServiceLinkedRoles, type ServiceLinkedRoleEntry } from "./service-linked-role-catalogue.ts";

/**
 * The whole life of every service-linked role there is. Shapes, codes and texts were recorded from AWS for some of
 * them, and are the same for all ("Using service-linked roles", IAM User Guide).
 */

const administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
const readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const trust =
  '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}';
const entries = openServiceLinkedRoles(dataDirectory).entries();
const policies = openManagedPolicies(dataDirectory);

let door: Door;
/** May do everything, as far as an account's own policies can say so. */
let boss: UserPrincipal;
beforeAll(async () => {
  door = await openDoor();
  const { User } = await send(new CreateUserCommand({ UserName: "boss" }));
  boss = userPrincipal(User);
  await send(new AttachUserPolicyCommand({ UserName: "boss", PolicyArn: administrator }));
});
afterAll(() => door.close());

const send = <I extends object, O>(command: SdkCommand<I, O>, account: AccountId = testAccount) =>
  door.root(account).send(command);
const fault = (code: string, message: string) => expect.objectContaining({ code, message });
const read = (encoded: string | undefined): unknown => JSON.parse(decodeURIComponent(encoded ?? ""));

describe.each(entries.map((entry) => [entry.principal, entry] as const))("%s", (principal, entry) => {
  const { roleName: name, path } = entry;
  const arn = `arn:aws:iam::${testAccount}:role${path}${name}`;

  test("is made: lists in the trust policy of this one answer, and nothing that GetRole alone tells", async () => {
    const { Role } = await send(new CreateServiceLinkedRoleCommand({ AWSServiceName: principal }));
    expect(Role).toEqual({
      Path: `/aws-service-role/${principal}/`,
      RoleName: name,
      Arn: arn,
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      CreateDate: expect.any(Date),
      AssumeRolePolicyDocument: expect.any(String),
    });
    expect(read(Role?.AssumeRolePolicyDocument)).toEqual(trustOf([principal], ["sts:AssumeRole"]));
  });

  test("reads as AWS shows it: scalars, an hour's sessions, no boundary, its policies and no inline ones", async () => {
    const { Role } = await send(new GetRoleCommand({ RoleName: name.toLowerCase() }));
    expect(Role).toMatchObject({ RoleName: name, Arn: arn, MaxSessionDuration: 3600, RoleLastUsed: {} });
    for (const absent of ["Description", "PermissionsBoundary", "Tags"])
      expect(Role).not.toHaveProperty(absent);
    expect(read(Role?.AssumeRolePolicyDocument)).toEqual(trustOf(principal, "sts:AssumeRole"));
    const attached = await send(new ListAttachedRolePoliciesCommand({ RoleName: name }));
    expect(attached.AttachedPolicies?.map(({ PolicyArn }) => PolicyArn)).toEqual(entry.policyArns);
    expect((await send(new ListRolePoliciesCommand({ RoleName: name }))).PolicyNames).toEqual([]);
    const { Roles } = await send(new ListRolesCommand({ PathPrefix: path }));
    expect(Roles?.map(({ RoleName }) => RoleName)).toEqual([name]);
    for (const PolicyArn of entry.policyArns.filter((policy) => policies.get(policy) !== undefined)) {
      const users = await send(new ListEntitiesForPolicyCommand({ PolicyArn }));
      expect(users.PolicyRoles).toContainEqual({ RoleName: name, RoleId: Role?.RoleId });
    }
  });

  test("is made once, by whatever spelling; a suffix is taken or refused by rule", async () => {
    await expect(send(new CreateServiceLinkedRoleCommand({ AWSServiceName: principal }))).rejects.toEqual(
      taken(name),
    );
    const suffixed = (CustomSuffix: string) =>
      send(new CreateServiceLinkedRoleCommand({ AWSServiceName: principal, CustomSuffix }));
    if (!entry.customSuffixAllowed) {
      const refused = fault("InvalidInput", `Custom suffix is not allowed for ${principal}`);
      await expect(suffixed("probe")).rejects.toEqual(refused);
      return;
    }
    const { Role } = await suffixed("probe");
    expect(Role?.RoleName).toBe(`${name}_probe`);
    await expect(suffixed("PROBE")).rejects.toEqual(taken(`${name}_PROBE`));
    await deleted(`${name}_probe`);
  });

  test("is changed by nobody, but for its description and its tags", async () => {
    const byAws = `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`;
    for (const command of edits(entry))
      await expect(send(command)).rejects.toEqual(fault("UnmodifiableEntity", byAws));
    await expect(
      send(new UpdateRoleCommand({ RoleName: name, MaxSessionDuration: 7200 })),
    ).rejects.toMatchObject({
      code: "UnmodifiableEntity",
      message: `${name} is an AWS service linked role, max session duration cannot be changed.`,
    });
    await send(new UpdateRoleDescriptionCommand({ RoleName: name, Description: "ours" }));
    await send(new TagRoleCommand({ RoleName: name, Tags: [{ Key: "team", Value: "quay" }] }));
    const { Role } = await send(new GetRoleCommand({ RoleName: name }));
    expect(Role).toMatchObject({ Description: "ours", Tags: [{ Key: "team", Value: "quay" }] });
    await send(new UntagRoleCommand({ RoleName: name, TagKeys: ["team"] }));
    expect((await send(new ListRoleTagsCommand({ RoleName: name }))).Tags).toEqual([]);
  });

  test("is taken by nobody but its service", async () => {
    const take = new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: "mine" });
    await expect(door.as(boss).send(take)).rejects.toEqual(
      fault(
        "AccessDenied",
        `User: ${boss.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
      ),
    );
  });

  test("goes by its task, and comes again as another role", async () => {
    const { Role: before } = await send(new GetRoleCommand({ RoleName: name }));
    await deleted(name);
    await expect(send(new GetRoleCommand({ RoleName: name }))).rejects.toEqual(
      fault("NoSuchEntity", `The role with name ${name} cannot be found.`),
    );
    const { Role } = await send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: principal, Description: "again" }),
    );
    expect(Role?.Arn).toBe(arn);
    expect(Role?.RoleId).not.toBe(before?.RoleId);
    expect(Role).not.toHaveProperty("Description");
    const { Role: got } = await send(new GetRoleCommand({ RoleName: name }));
    expect(got).toMatchObject({ Description: "again" });
    expect(got).not.toHaveProperty("Tags");
  });
});

test("the same roles stand in another account too, unknown to it before", async () => {
  const other = "444455556666" as AccountId;
  expect((await send(new ListRolesCommand({}), other)).Roles).toEqual([]);
  for (const { principal } of entries)
    await send(new CreateServiceLinkedRoleCommand({ AWSServiceName: principal }), other);
  const names: (string | undefined)[] = [];
  for (let Marker: string | undefined, more = true; more; ) {
    const page = await send(new ListRolesCommand({ Marker, PathPrefix: "/aws-service-role/" }), other);
    names.push(...(page.Roles ?? []).map(({ RoleName }) => RoleName));
    more = page.IsTruncated === true;
    Marker = page.Marker;
  }
  expect(names.toSorted()).toEqual(entries.map(({ roleName }) => roleName).toSorted());
});

function trustOf(service: string | readonly string[], action: string | readonly string[]) {
  return {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: action }],
  };
}

function taken(name: string) {
  return fault(
    "InvalidInput",
    `Service role name ${name} has been taken in this account, please try a different suffix.`,
  );
}

/** Every edit that AWS keeps to itself. */
function edits({ roleName: RoleName, policyArns }: ServiceLinkedRoleEntry): SdkCommand<object, unknown>[] {
  const [own = readOnly] = policyArns;
  return [
    new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }),
    new PutRolePolicyCommand({ RoleName, PolicyName: "p", PolicyDocument: document }),
    new DeleteRolePolicyCommand({ RoleName, PolicyName: "p" }),
    new AttachRolePolicyCommand({ RoleName, PolicyArn: readOnly }),
    new DetachRolePolicyCommand({ RoleName, PolicyArn: own }),
    new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: readOnly }),
    new DeleteRolePermissionsBoundaryCommand({ RoleName }),
    new DeleteRoleCommand({ RoleName }),
  ];
}

/** Deletes a role as a client sees it: the task is not found, is in progress, has succeeded. */
async function deleted(RoleName: string): Promise<void> {
  const { DeletionTaskId } = await send(new DeleteServiceLinkedRoleCommand({ RoleName }));
  const status = () => send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
  await expect(status()).rejects.toEqual(fault("NoSuchEntity", "Cannot find deletion status for given id."));
  await door.workOnDeletions();
  expect(await status()).toEqual({ Status: "IN_PROGRESS" });
  await door.workOnDeletions();
  expect(await status()).toEqual({ Status: "SUCCEEDED" });
}
