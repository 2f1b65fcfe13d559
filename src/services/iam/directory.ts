import type { IdentityDirectory, RoleIdentity, Standing } from "../../dispatch/identity.ts";
import type { PolicyText } from "../../dispatch/service.ts";
import { rootArn } from "../../kernel/arn.ts";
import type { Arn } from "../../kernel/brand.ts";
import type { Principal, Session } from "../../kernel/principal.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows } from "../../store/types.ts";
import { openSecret } from "./access-keys.ts";
import { findPasswordRules } from "./password-policy.ts";
import { defaultDocument } from "./policies.ts";
import type { IamPorts } from "./ports.ts";
import type { IamTables, RoleDocument, RoleRow } from "./store.ts";
import { readTags } from "./tags.ts";

const allowAll = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';
const denyAll = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}';

/** Whether any account has a root access key of its own: where the well-known keys are off, nobody could begin without. */
export async function hasRootKey(rows: Rows): Promise<boolean> {
  const key = await rows
    .tables<IamTables>()
    .selectFrom("iam_access_key")
    .select("id")
    .where("user_id", "is", null)
    .limit(1)
    .executeTakeFirst();
  return key !== undefined;
}

/** What the directory needs of the rest of the house. */
export interface DirectoryPorts
  extends Pick<IamPorts, "managedPolicies" | "sealer">,
    Partial<Pick<IamPorts, "serviceControl">> {
  /** Where an account is in its organization; `undefined` when it is in none. */
  organization?: IdentityDirectory["organization"];
}

/** What the dispatcher asks of IAM about callers: their keys, what they may do, and the roles they take. */
export function createIdentityDirectory({
  managedPolicies,
  sealer,
  serviceControl,
  organization,
}: DirectoryPorts): IdentityDirectory {
  return {
    async accessKey(rows, accessKeyId) {
      const tables = rows.tables<IamTables>();
      const key = await tables
        .selectFrom("iam_access_key")
        .selectAll()
        .where("id", "=", accessKeyId)
        .executeTakeFirst();
      if (key === undefined) return undefined;
      const known = { secretAccessKey: openSecret(sealer, key), active: key.active === 1 };
      const { account, user_id: userId } = key;
      if (userId === null) {
        return { ...known, principal: { type: "Root", account, arn: rootArn(account), accessKeyId } };
      }
      const user = await findById(rows, "iam_user", userId);
      if (user === undefined) return undefined;
      const { arn, name: userName } = user;
      return { ...known, principal: { type: "IAMUser", account, arn, userName, userId, accessKeyId } };
    },

    async standing(rows, principal) {
      const standing = await ownStanding(rows, principal);
      if (standing === undefined || !("account" in principal)) return standing;
      const controls = await serviceControl?.(rows, principal.account);
      return controls === undefined ? standing : { ...standing, serviceControl: controls };
    },

    organization: async (rows, account) => organization?.(rows, account),

    async serviceLinkedRole(rows, account, servicePrincipal) {
      // A role without a suffix is the first by name among those of one service.
      const row = await rows
        .tables<IamTables>()
        .selectFrom("iam_role")
        .selectAll()
        .where("account", "=", account)
        .where("service_principal", "=", servicePrincipal)
        .orderBy("name_key")
        .executeTakeFirst();
      return row === undefined ? undefined : roleIdentity(row);
    },

    async role(rows, roleArn) {
      const row = await rows
        .tables<IamTables>()
        .selectFrom("iam_role")
        .selectAll()
        .where("arn", "=", roleArn as Arn)
        .executeTakeFirst();
      return row === undefined ? undefined : roleIdentity(row);
    },
  };

  /** What the account itself gives a principal, whatever its organization says. */
  async function ownStanding(rows: Rows, principal: Principal): Promise<Standing | undefined> {
    switch (principal.type) {
      case "Root":
        return {
          identity: [],
          tags: [],
          serviceLinked: false,
          ...(principal.session?.assumedRoot === true && {
            session: await taskPolicies(rows, principal.arn, principal.session),
          }),
        };
      case "IAMUser":
        return withSession(principal.session, await userStanding(rows, principal.userId));
      case "AssumedRole": {
        const standing = await roleStanding(rows, principal.roleId);
        return withSession(
          principal.session,
          standing,
          await sessionPolicies(rows, principal.arn, principal.session),
        );
      }
      case "FederatedUser": {
        const { issuer, session, arn } = principal;
        const standing: Standing | undefined =
          issuer.type === "Root"
            ? { identity: [{ name: issuer.arn, document: allowAll }], tags: [], serviceLinked: false }
            : await userStanding(rows, issuer.id);
        // AWS: a federated user without session policies may do nothing that its own policies would have to allow.
        return withSession(session, standing, (await sessionPolicies(rows, arn, session)) ?? []);
      }
      case "AWSService":
      case "Anonymous":
        return undefined;
    }
  }

  async function userStanding(rows: Rows, userId: string): Promise<Standing | undefined> {
    const user = await findById(rows, "iam_user", userId);
    if (user === undefined) return undefined;
    const groups = await rows
      .tables<IamTables>()
      .selectFrom("iam_group_member as member")
      .innerJoin("iam_group as group", "group.id", "member.group_id")
      .select(["group.id", "group.arn"])
      .where("member.user_id", "=", userId)
      .execute();
    const rules = await findPasswordRules(rows, user.account);
    return {
      identity: [
        ...(await policiesOf(rows, [user, ...groups])),
        ...(rules?.AllowUsersToChangePassword === true ? [ownPassword(user.arn)] : []),
      ],
      boundary: await boundaryText(rows, user.boundary),
      tags: readTags(user.tags),
      serviceLinked: false,
    };
  }

  async function roleStanding(rows: Rows, roleId: string): Promise<Standing | undefined> {
    const role = await findById(rows, "iam_role", roleId);
    if (role === undefined) return undefined;
    return {
      identity: await policiesOf(rows, [role]),
      boundary: await boundaryText(rows, role.boundary),
      tags: (JSON.parse(role.document) as RoleDocument).tags,
      serviceLinked: role.service_principal !== null,
    };
  }

  /** Inline and managed policies of a role, or of a user and its groups. */
  async function policiesOf(
    rows: Rows,
    holders: readonly { readonly id: string; readonly arn: Arn }[],
  ): Promise<PolicyText[]> {
    const tables = rows.tables<IamTables>();
    const arnOf = new Map(holders.map(({ id, arn }) => [id, arn]));
    const inline = await tables
      .selectFrom("iam_inline_policy")
      .selectAll()
      .where("entity_id", "in", [...arnOf.keys()])
      .execute();
    const attached = await tables
      .selectFrom("iam_attachment")
      .select("policy_arn")
      .distinct()
      .where("entity_id", "in", [...arnOf.keys()])
      .execute();
    return [
      ...inline.map((policy) => ({
        name: `${arnOf.get(policy.entity_id)}/${policy.name}`,
        document: policy.document,
      })),
      ...(await managedTexts(
        rows,
        attached.map(({ policy_arn: arn }) => arn),
      )),
    ];
  }

  /** The default versions of managed policies; one that is gone allows nothing and is left out. */
  async function managedTexts(rows: Rows, arns: readonly Arn[]): Promise<PolicyText[]> {
    const texts: PolicyText[] = [];
    for (const arn of arns) {
      const document = await defaultDocument(rows, managedPolicies, arn);
      if (document !== undefined) texts.push({ name: arn, document });
    }
    return texts;
  }

  // INVARIANT: a boundary whose policy cannot be found binds as tightly as can be, never not at all.
  async function boundaryText(rows: Rows, arn: Arn | null): Promise<PolicyText | undefined> {
    if (arn === null) return undefined;
    return { name: arn, document: (await defaultDocument(rows, managedPolicies, arn)) ?? denyAll };
  }

  /**
   * What binds a root that AssumeRoot made. AWS: the policies of its tasks only deny, from what a root may.
   * INVARIANT: a task whose policy cannot be found allows nothing.
   */
  async function taskPolicies(rows: Rows, arn: Arn, session: Session): Promise<PolicyText[]> {
    const tasks = (await sessionPolicies(rows, arn, session)) ?? [];
    return tasks.length === 0 ? [] : [{ name: arn, document: allowAll }, ...tasks];
  }

  async function sessionPolicies(
    rows: Rows,
    sessionArn: Arn,
    { policy, policyArns }: Session,
  ): Promise<PolicyText[] | undefined> {
    if (policy === undefined && policyArns === undefined) return undefined;
    const inline = policy === undefined ? [] : [{ name: sessionArn, document: policy }];
    return [...inline, ...(await managedTexts(rows, policyArns ?? []))];
  }
}

/**
 * What every user may by the account's password policy (IAM User Guide, "Permit IAM users to change their own
 * passwords"). A policy that denies it still counts.
 */
function ownPassword(user: Arn): PolicyText {
  const allow = (Action: string, Resource: string) => ({ Effect: "Allow", Action, Resource });
  return {
    name: "the account's password policy",
    document: JSON.stringify({
      Version: "2012-10-17",
      Statement: [allow("iam:ChangePassword", user), allow("iam:GetAccountPasswordPolicy", "*")],
    }),
  };
}

/** What a session adds to the identity behind it. A session tag replaces a tag whose key differs in case only. */
function withSession(
  session: Session | undefined,
  standing: Standing | undefined,
  policies?: readonly PolicyText[],
): Standing | undefined {
  if (standing === undefined) return undefined;
  const given = session?.tags ?? [];
  const replaced = new Set(given.map(({ key }) => key.toLowerCase()));
  const tags: readonly Tag[] = [
    ...standing.tags.filter(({ key }) => !replaced.has(key.toLowerCase())),
    ...given,
  ];
  return { ...standing, tags, session: policies };
}

// INVARIANT: principals are found by id, never by name: a user or role made anew under an old name is another.
async function findById<Table extends "iam_user" | "iam_role">(
  rows: Rows,
  table: Table,
  id: string,
): Promise<IamTables[Table] | undefined> {
  const row = await rows
    .tables<IamTables>()
    .selectFrom<"iam_user" | "iam_role">(table)
    .selectAll()
    .where("id", "=", id as RoleRow["id"])
    .executeTakeFirst();
  return row as IamTables[Table] | undefined;
}

function roleIdentity(row: RoleRow): RoleIdentity {
  const { trustPolicy, maxSessionDuration, tags } = JSON.parse(row.document) as RoleDocument;
  const { arn, name, id, account, path } = row;
  return { arn, name, id, account, path, tags, maxSessionDuration, trustPolicy };
}
