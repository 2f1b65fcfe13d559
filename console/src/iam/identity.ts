import {
  type AttachedPolicy,
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  DeleteGroupPolicyCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetGroupPolicyCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  type IAMClient,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  paginateListAttachedGroupPolicies,
  paginateListAttachedRolePolicies,
  paginateListAttachedUserPolicies,
  paginateListGroupPolicies,
  paginateListRolePolicies,
  paginateListUserPolicies,
} from "@aws-sdk/client-iam";
import { everyPage } from "../aws/query.ts";

/** A user, a group or a role: what policies are attached to. */
export interface Identity {
  readonly kind: "user" | "group" | "role";
  readonly name: string;
}

/** The name of an action on an identity: `iam:AttachRolePolicy` of `Attach` and `Policy`. */
export function identityAction({ kind }: Identity, verb: string, noun: string): string {
  return `iam:${verb}${kind[0]?.toUpperCase()}${kind.slice(1)}${noun}`;
}

/** The managed policies that are attached to an identity. */
export function attachedTo(client: IAMClient, { kind, name }: Identity): Promise<readonly AttachedPolicy[]> {
  if (kind === "user") {
    return everyPage(
      paginateListAttachedUserPolicies({ client }, { UserName: name }),
      (page) => page.AttachedPolicies,
    );
  }
  if (kind === "group") {
    return everyPage(
      paginateListAttachedGroupPolicies({ client }, { GroupName: name }),
      (page) => page.AttachedPolicies,
    );
  }
  return everyPage(
    paginateListAttachedRolePolicies({ client }, { RoleName: name }),
    (page) => page.AttachedPolicies,
  );
}

/** The names of an identity's inline policies. */
export function inlineOf(client: IAMClient, { kind, name }: Identity): Promise<readonly string[]> {
  if (kind === "user") {
    return everyPage(paginateListUserPolicies({ client }, { UserName: name }), (page) => page.PolicyNames);
  }
  if (kind === "group") {
    return everyPage(paginateListGroupPolicies({ client }, { GroupName: name }), (page) => page.PolicyNames);
  }
  return everyPage(paginateListRolePolicies({ client }, { RoleName: name }), (page) => page.PolicyNames);
}

/** Attaches a managed policy. */
export async function attach(client: IAMClient, { kind, name }: Identity, PolicyArn: string): Promise<void> {
  if (kind === "user") await client.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn }));
  else if (kind === "group") await client.send(new AttachGroupPolicyCommand({ GroupName: name, PolicyArn }));
  else await client.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
}

/** Detaches a managed policy. */
export async function detach(client: IAMClient, { kind, name }: Identity, PolicyArn: string): Promise<void> {
  if (kind === "user") await client.send(new DetachUserPolicyCommand({ UserName: name, PolicyArn }));
  else if (kind === "group") await client.send(new DetachGroupPolicyCommand({ GroupName: name, PolicyArn }));
  else await client.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn }));
}

/** The document of an inline policy, in the coding of URLs. */
export async function inlineDocument(
  client: IAMClient,
  { kind, name }: Identity,
  PolicyName: string,
): Promise<string> {
  const { PolicyDocument: document = "" } =
    kind === "user"
      ? await client.send(new GetUserPolicyCommand({ UserName: name, PolicyName }))
      : kind === "group"
        ? await client.send(new GetGroupPolicyCommand({ GroupName: name, PolicyName }))
        : await client.send(new GetRolePolicyCommand({ RoleName: name, PolicyName }));
  return document;
}

/** Writes an inline policy, in the place of one of the same name. */
export async function putInline(
  client: IAMClient,
  { kind, name }: Identity,
  PolicyName: string,
  PolicyDocument: string,
): Promise<void> {
  const policy = { PolicyName, PolicyDocument };
  if (kind === "user") await client.send(new PutUserPolicyCommand({ UserName: name, ...policy }));
  else if (kind === "group") await client.send(new PutGroupPolicyCommand({ GroupName: name, ...policy }));
  else await client.send(new PutRolePolicyCommand({ RoleName: name, ...policy }));
}

/** Deletes an inline policy. */
export async function removeInline(
  client: IAMClient,
  { kind, name }: Identity,
  PolicyName: string,
): Promise<void> {
  if (kind === "user") await client.send(new DeleteUserPolicyCommand({ UserName: name, PolicyName }));
  else if (kind === "group") await client.send(new DeleteGroupPolicyCommand({ GroupName: name, PolicyName }));
  else await client.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName }));
}
