import type {
  EntityType,
  GroupDetail,
  ManagedPolicyDetail,
  RoleDetail,
  UserDetail,
} from "@aws-sdk/client-iam";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import { attachedArns } from "./attachments.ts";
import { inlinePolicies } from "./inline-policies.ts";
import { apiBoundary, apiPolicy, isAwsManaged, policyNameOf, summaryOf } from "./policies.ts";
import { encodedDocument } from "./policy-document.ts";
import { usageOfAll } from "./policy-usage.ts";
import type { IamPorts } from "./ports.ts";
import { apiBoundaryAndTags, apiRole, roleLastUsed } from "./role.ts";
import type { EntityRow, GroupRow, IamTables, RoleRow, UserRow } from "./store.ts";
import { apiTags, readTags } from "./tags.ts";
import { wholeSeconds } from "./time.ts";
import { withShownTrust } from "./trust-policy.ts";

/** One entity of an account with all its policies. `key` orders the entities of a kind. */
export type Detail = { readonly key: string } & (
  | { readonly kind: "User"; readonly detail: UserDetail }
  | { readonly kind: "Group"; readonly detail: GroupDetail }
  | { readonly kind: "Role"; readonly detail: RoleDetail }
  | { readonly kind: "LocalManagedPolicy" | "AWSManagedPolicy"; readonly detail: ManagedPolicyDetail }
);

/** The kinds in the order in which they are paged through. */
export const detailKinds: readonly EntityType[] = [
  "User",
  "Group",
  "Role",
  "LocalManagedPolicy",
  "AWSManagedPolicy",
];

/** Up to `limit` entities of a kind whose keys come after `after`, in the order of their keys. */
export async function detailsOf(
  rows: Rows,
  ports: Pick<IamPorts, "managedPolicies" | "lastUse">,
  account: AccountId,
  kind: EntityType,
  after: string,
  limit: number,
): Promise<readonly Detail[]> {
  switch (kind) {
    case "User": {
      const users = await entitiesAfter(rows, "iam_user", account, after, limit);
      return Promise.all(
        users.map(async (row) => ({
          key: row.name_key,
          kind,
          detail: await userDetail(rows, row as UserRow),
        })),
      );
    }
    case "Group": {
      const groups = await entitiesAfter(rows, "iam_group", account, after, limit);
      return Promise.all(
        groups.map(async (row) => ({ key: row.name_key, kind, detail: await groupDetail(rows, row) })),
      );
    }
    case "Role": {
      const roles = (await entitiesAfter(rows, "iam_role", account, after, limit)) as readonly RoleRow[];
      const shown = await withShownTrust(rows, roles);
      return Promise.all(
        shown.map(async (row) => ({ key: row.name_key, kind, detail: await roleDetail(rows, ports, row) })),
      );
    }
    case "LocalManagedPolicy":
      return localPolicies(rows, account, after, limit);
    case "AWSManagedPolicy":
      return awsPolicies(rows, ports, account, after, limit);
  }
}

async function entitiesAfter(
  rows: Rows,
  table: "iam_user" | "iam_group" | "iam_role",
  account: AccountId,
  after: string,
  limit: number,
): Promise<readonly EntityRow[]> {
  return rows
    .tables<IamTables>()
    .selectFrom<"iam_user" | "iam_group" | "iam_role">(table)
    .selectAll()
    .where("account", "=", account)
    .where("name_key", ">", after)
    .orderBy("name_key")
    .limit(limit)
    .execute();
}

function identity(row: EntityRow) {
  return { Path: row.path, Arn: row.arn, CreateDate: wholeSeconds(row.created_at) };
}

async function attachedPolicies(rows: Rows, id: string) {
  const arns = await attachedArns(rows, id);
  return arns.map((arn) => ({ PolicyName: policyNameOf(arn).name, PolicyArn: arn }));
}

async function policyList(rows: Rows, id: string) {
  const inline = await inlinePolicies(rows, id);
  return inline.map(({ name, document }) => ({
    PolicyName: name,
    PolicyDocument: encodedDocument(document),
  }));
}

async function userDetail(rows: Rows, row: UserRow): Promise<UserDetail> {
  const groups = await rows
    .tables<IamTables>()
    .selectFrom("iam_group_member as member")
    .innerJoin("iam_group as group", "group.id", "member.group_id")
    .select("group.name")
    .where("member.user_id", "=", row.id)
    .orderBy("group.name_key")
    .execute();
  return {
    ...identity(row),
    UserName: row.name,
    UserId: row.id,
    UserPolicyList: await policyList(rows, row.id),
    GroupList: groups.map(({ name }) => name),
    AttachedManagedPolicies: await attachedPolicies(rows, row.id),
    PermissionsBoundary: apiBoundary(row.boundary),
    Tags: apiTags(readTags(row.tags)),
  };
}

async function groupDetail(rows: Rows, row: GroupRow): Promise<GroupDetail> {
  return {
    ...identity(row),
    GroupName: row.name,
    GroupId: row.id,
    GroupPolicyList: await policyList(rows, row.id),
    AttachedManagedPolicies: await attachedPolicies(rows, row.id),
  };
}

async function roleDetail(rows: Rows, ports: Pick<IamPorts, "lastUse">, row: RoleRow): Promise<RoleDetail> {
  const profiles = await rows
    .tables<IamTables>()
    .selectFrom("iam_instance_profile")
    .selectAll()
    .where("role_id", "=", row.id)
    .orderBy("name_key")
    .execute();
  return {
    ...apiRole(row),
    ...apiBoundaryAndTags(row),
    InstanceProfileList: profiles.map((profile) => ({
      ...identity(profile),
      InstanceProfileName: profile.name,
      InstanceProfileId: profile.id,
      Roles: [apiRole(row)],
    })),
    RolePolicyList: await policyList(rows, row.id),
    AttachedManagedPolicies: await attachedPolicies(rows, row.id),
    RoleLastUsed: await roleLastUsed(rows, ports.lastUse, row),
  };
}

async function localPolicies(
  rows: Rows,
  account: AccountId,
  after: string,
  limit: number,
): Promise<readonly Detail[]> {
  const tables = rows.tables<IamTables>();
  const policies = await tables
    .selectFrom("iam_policy")
    .selectAll()
    .where("account", "=", account)
    .where("name_key", ">", after)
    .orderBy("name_key")
    .limit(limit)
    .execute();
  const usage = await usageOfAll(rows, account);
  return Promise.all(
    policies.map(async (row) => {
      const versions = await tables
        .selectFrom("iam_policy_version")
        .selectAll()
        .where("policy_id", "=", row.id)
        .orderBy("version", "desc")
        .execute();
      const detail: ManagedPolicyDetail = {
        ...apiPolicy(summaryOf(row), usage.get(row.arn) ?? { attachments: 0, boundaries: 0 }),
        ...(row.description === null ? {} : { Description: row.description }),
        PolicyVersionList: versions.map((version) => ({
          Document: encodedDocument(version.document),
          VersionId: `v${version.version}`,
          IsDefaultVersion: version.version === row.default_version,
          CreateDate: wholeSeconds(version.created_at),
        })),
      };
      return { key: row.name_key, kind: "LocalManagedPolicy" as const, detail };
    }),
  );
}

/** Of AWS's policies, those that the account uses; of their versions, the one there is here. */
async function awsPolicies(
  rows: Rows,
  { managedPolicies }: Pick<IamPorts, "managedPolicies">,
  account: AccountId,
  after: string,
  limit: number,
): Promise<readonly Detail[]> {
  const usage = await usageOfAll(rows, account);
  const used = [...usage]
    .filter(([arn]) => isAwsManaged(arn) && arn > after)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, limit);
  return used.flatMap(([arn, uses]) => {
    const policy = managedPolicies.get(arn as Arn);
    if (policy === undefined) return [];
    const detail: ManagedPolicyDetail = {
      ...apiPolicy(policy, uses),
      PolicyVersionList: [
        {
          Document: encodedDocument(policy.document),
          VersionId: policy.defaultVersion,
          IsDefaultVersion: true,
          CreateDate: wholeSeconds(policy.updatedAt),
        },
      ],
    };
    return [{ key: arn, kind: "AWSManagedPolicy" as const, detail }];
  });
}
