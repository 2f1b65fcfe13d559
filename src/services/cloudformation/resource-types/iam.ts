import {
  AddRoleToInstanceProfileCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreateInstanceProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteInstanceProfileCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DeleteServiceLinkedRoleCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetRoleCommand,
  ListAttachedRolePoliciesCommand,
  ListPolicyVersionsCommand,
  ListRolePoliciesCommand,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { formatArn } from "../../../kernel/arn.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { TemplateValue } from "../template/template.ts";
import type { Properties, Provision, ResourceType } from "./resource-type.ts";
import { difference, documentOf, tagsOf, textOf, textOr, textsOf, unlessGone } from "./values.ts";

const gone = "NoSuchEntity";

interface InlinePolicy {
  readonly PolicyName: string;
  readonly PolicyDocument: TemplateValue;
}

function inlinePolicies(properties: Properties): readonly InlinePolicy[] {
  return Array.isArray(properties.Policies) ? (properties.Policies as unknown as InlinePolicy[]) : [];
}

async function putInline(
  role: string,
  policies: readonly InlinePolicy[],
  { client }: Provision,
): Promise<void> {
  for (const { PolicyName, PolicyDocument } of policies) {
    await client.send(
      new PutRolePolicyCommand({ RoleName: role, PolicyName, PolicyDocument: documentOf(PolicyDocument) }),
    );
  }
}

async function roleAttributes(role: string, { client }: Provision) {
  const { Role } = await client.send(new GetRoleCommand({ RoleName: role }));
  return { Arn: Role?.Arn ?? "", RoleId: Role?.RoleId ?? "" };
}

const role: ResourceType = {
  type: "AWS::IAM::Role",
  properties: [
    "AssumeRolePolicyDocument",
    "Description",
    "ManagedPolicyArns",
    "MaxSessionDuration",
    "Path",
    "PermissionsBoundary",
    "Policies",
    "RoleName",
    "Tags",
  ],
  replacedBy: ["RoleName", "Path"],
  async create(properties, at) {
    const name = textOr(properties, "RoleName", at.name(64));
    const { Description, MaxSessionDuration, PermissionsBoundary, Path } = properties;
    try {
      await at.client.send(
        new CreateRoleCommand({
          RoleName: name,
          AssumeRolePolicyDocument: documentOf(properties.AssumeRolePolicyDocument),
          ...(Description !== undefined && { Description: String(Description) }),
          ...(MaxSessionDuration !== undefined && { MaxSessionDuration: Number(MaxSessionDuration) }),
          ...(PermissionsBoundary !== undefined && { PermissionsBoundary: String(PermissionsBoundary) }),
          ...(Path !== undefined && { Path: String(Path) }),
          Tags: tagsOf(properties, at),
        }),
      );
    } catch (error) {
      if (!at.again || !isFault(error, "EntityAlreadyExists")) throw error;
    }
    for (const PolicyArn of textsOf(properties, "ManagedPolicyArns")) {
      await at.client.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
    }
    await putInline(name, inlinePolicies(properties), at);
    return { physicalId: name, attributes: await roleAttributes(name, at) };
  },
  async update(name, properties, before, at) {
    const { client } = at;
    await client.send(
      new UpdateAssumeRolePolicyCommand({
        RoleName: name,
        PolicyDocument: documentOf(properties.AssumeRolePolicyDocument),
      }),
    );
    await client.send(
      new UpdateRoleCommand({
        RoleName: name,
        Description: String(properties.Description ?? ""),
        MaxSessionDuration: Number(properties.MaxSessionDuration ?? 3600),
      }),
    );
    if (properties.PermissionsBoundary !== undefined) {
      const PermissionsBoundary = String(properties.PermissionsBoundary);
      await client.send(new PutRolePermissionsBoundaryCommand({ RoleName: name, PermissionsBoundary }));
    } else if (before.PermissionsBoundary !== undefined) {
      await unlessGone(client.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: name })), gone);
    }
    const managed = difference(
      textsOf(before, "ManagedPolicyArns"),
      textsOf(properties, "ManagedPolicyArns"),
    );
    for (const PolicyArn of managed.added)
      await client.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
    for (const PolicyArn of managed.removed) {
      await unlessGone(client.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn })), gone);
    }
    const now = inlinePolicies(properties);
    const inline = difference(names(inlinePolicies(before)), names(now));
    for (const PolicyName of inline.removed) {
      await unlessGone(client.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName })), gone);
    }
    await putInline(name, now, at);
    const Tags = tagsOf(properties, at);
    if (Tags.length > 0) await client.send(new TagRoleCommand({ RoleName: name, Tags }));
    return roleAttributes(name, at);
  },
  async remove(name, _properties, { client }) {
    await unlessGone(
      (async () => {
        const { AttachedPolicies = [] } = await client.send(
          new ListAttachedRolePoliciesCommand({ RoleName: name }),
        );
        for (const { PolicyArn } of AttachedPolicies) {
          await client.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn }));
        }
        const { PolicyNames = [] } = await client.send(new ListRolePoliciesCommand({ RoleName: name }));
        for (const PolicyName of PolicyNames) {
          await client.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName }));
        }
        await client.send(new DeleteRoleCommand({ RoleName: name }));
      })(),
      gone,
    );
  },
};

function names(policies: readonly InlinePolicy[]): readonly string[] {
  return policies.map(({ PolicyName }) => PolicyName);
}

/** A policy inside roles. AWS also takes users and groups; roles are what stacks for containers give policies to. */
const policy: ResourceType = {
  type: "AWS::IAM::Policy",
  properties: ["PolicyDocument", "PolicyName", "Roles"],
  replacedBy: [],
  async create(properties, at) {
    await putIntoRoles(textsOf(properties, "Roles"), properties, at);
    return { physicalId: at.name(128) };
  },
  async update(_id, properties, before, at) {
    await putIntoRoles(textsOf(properties, "Roles"), properties, at);
    const renamed = before.PolicyName !== properties.PolicyName;
    const { removed } = difference(textsOf(before, "Roles"), renamed ? [] : textsOf(properties, "Roles"));
    await takeFromRoles(removed, before, at);
    return {};
  },
  remove: (_id, properties, at) => takeFromRoles(textsOf(properties, "Roles"), properties, at),
};

async function putIntoRoles(roles: readonly string[], properties: Properties, at: Provision): Promise<void> {
  const PolicyName = textOf(properties, "PolicyName");
  for (const name of roles) {
    await putInline(name, [{ PolicyName, PolicyDocument: properties.PolicyDocument ?? {} }], at);
  }
}

async function takeFromRoles(
  roles: readonly string[],
  properties: Properties,
  { client }: Provision,
): Promise<void> {
  const PolicyName = textOf(properties, "PolicyName");
  for (const RoleName of roles)
    await unlessGone(client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })), gone);
}

const managedPolicy: ResourceType = {
  type: "AWS::IAM::ManagedPolicy",
  properties: ["Description", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Users"],
  replacedBy: ["ManagedPolicyName", "Path", "Description"],
  async create(properties, at) {
    const name = textOr(properties, "ManagedPolicyName", at.name(128));
    const Path = textOr(properties, "Path", "/");
    const arn = formatArn("iam", "", at.stack.account, `policy${Path}${name}`);
    try {
      await at.client.send(
        new CreatePolicyCommand({
          PolicyName: name,
          Path,
          PolicyDocument: documentOf(properties.PolicyDocument),
          ...(properties.Description !== undefined && { Description: String(properties.Description) }),
        }),
      );
    } catch (error) {
      if (!at.again || !isFault(error, "EntityAlreadyExists")) throw error;
    }
    await attach(arn, {}, properties, at);
    return { physicalId: arn, attributes: { PolicyArn: arn } };
  },
  async update(arn, properties, before, at) {
    const { client } = at;
    const { Versions = [] } = await client.send(new ListPolicyVersionsCommand({ PolicyArn: arn }));
    const oldest = Versions.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true).at(-1);
    if (Versions.length >= 5 && oldest?.VersionId !== undefined) {
      await client.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: oldest.VersionId }));
    }
    const PolicyDocument = documentOf(properties.PolicyDocument);
    await client.send(new CreatePolicyVersionCommand({ PolicyArn: arn, PolicyDocument, SetAsDefault: true }));
    await attach(arn, before, properties, at);
    return { PolicyArn: arn };
  },
  async remove(arn, properties, at) {
    const { client } = at;
    await attach(arn, properties, {}, at);
    await unlessGone(
      (async () => {
        const { Versions = [] } = await client.send(new ListPolicyVersionsCommand({ PolicyArn: arn }));
        for (const { VersionId, IsDefaultVersion } of Versions) {
          if (IsDefaultVersion !== true)
            await client.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId }));
        }
        await client.send(new DeletePolicyCommand({ PolicyArn: arn }));
      })(),
      gone,
    );
  },
};

/** Attaches a policy to the roles and users that are named now, and detaches it from those that were before. */
async function attach(
  PolicyArn: string,
  before: Properties,
  after: Properties,
  { client }: Provision,
): Promise<void> {
  const roles = difference(textsOf(before, "Roles"), textsOf(after, "Roles"));
  for (const RoleName of roles.added) await client.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  for (const RoleName of roles.removed)
    await unlessGone(client.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })), gone);
  const users = difference(textsOf(before, "Users"), textsOf(after, "Users"));
  for (const UserName of users.added) await client.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  for (const UserName of users.removed)
    await unlessGone(client.send(new DetachUserPolicyCommand({ UserName, PolicyArn })), gone);
}

const instanceProfile: ResourceType = {
  type: "AWS::IAM::InstanceProfile",
  properties: ["InstanceProfileName", "Path", "Roles"],
  replacedBy: ["InstanceProfileName", "Path"],
  async create(properties, at) {
    const name = textOr(properties, "InstanceProfileName", at.name(128));
    const Path = textOr(properties, "Path", "/");
    try {
      await at.client.send(new CreateInstanceProfileCommand({ InstanceProfileName: name, Path }));
    } catch (error) {
      if (!at.again || !isFault(error, "EntityAlreadyExists")) throw error;
    }
    await changeRoles(name, [], textsOf(properties, "Roles"), at);
    const arn = formatArn("iam", "", at.stack.account, `instance-profile${Path}${name}`);
    return { physicalId: name, attributes: { Arn: arn } };
  },
  async update(name, properties, before, at) {
    await changeRoles(name, textsOf(before, "Roles"), textsOf(properties, "Roles"), at);
    return {};
  },
  async remove(name, properties, at) {
    await changeRoles(name, textsOf(properties, "Roles"), [], at);
    await unlessGone(at.client.send(new DeleteInstanceProfileCommand({ InstanceProfileName: name })), gone);
  },
};

async function changeRoles(
  InstanceProfileName: string,
  before: readonly string[],
  after: readonly string[],
  { client }: Provision,
): Promise<void> {
  const { added, removed } = difference(before, after);
  for (const RoleName of removed) {
    await unlessGone(
      client.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName })),
      gone,
    );
  }
  for (const RoleName of added)
    await client.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
}

/** AWS: what `Ref` gives is the role's name; a role that the account has already cannot be made again. */
const serviceLinkedRole: ResourceType = {
  type: "AWS::IAM::ServiceLinkedRole",
  properties: ["AWSServiceName", "CustomSuffix", "Description"],
  replacedBy: "all",
  async create(properties, { client }) {
    const { Role } = await client.send(
      new CreateServiceLinkedRoleCommand({
        AWSServiceName: textOf(properties, "AWSServiceName"),
        ...(properties.CustomSuffix !== undefined && { CustomSuffix: String(properties.CustomSuffix) }),
        ...(properties.Description !== undefined && { Description: String(properties.Description) }),
      }),
    );
    return { physicalId: Role?.RoleName ?? "", attributes: { RoleName: Role?.RoleName ?? "" } };
  },
  remove: (name, _properties, { client }) =>
    unlessGone(client.send(new DeleteServiceLinkedRoleCommand({ RoleName: name })), gone),
};

/** IAM. */
export const iamTypes: readonly ResourceType[] = [
  role,
  policy,
  managedPolicy,
  instanceProfile,
  serviceLinkedRole,
];
