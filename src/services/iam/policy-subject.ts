import type { AccountId, Arn } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import type { ManagedPolicyCatalogue } from "./managed-policy-catalogue.ts";
import { defaultDocument, isAwsManaged, policyNameOf } from "./policies.ts";
import { policyEntities } from "./policy-entities.ts";
import type { EntityKind, EntityRow, IamTables } from "./store.ts";

/** A user, group or role. */
export interface Holder {
  readonly kind: EntityKind;
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: Arn;
}

/** A policy that gives permissions, and through whom. */
export interface HeldPolicy {
  readonly name: string;
  /** ARN of a managed policy; an inline one has none. */
  readonly arn?: Arn;
  /** Who holds an inline policy. */
  readonly holder?: Holder;
  readonly document: string;
}

/** What an ARN stands for when permissions are asked about: which policies count, and who acts by them. */
export interface PolicySubject {
  readonly arn: Arn;
  readonly kind: EntityKind | "policy";
  /** A user's own and its groups'; a policy itself. */
  readonly policies: readonly HeldPolicy[];
  /** The user or role, a group's members, or all who have the policy. */
  readonly actors: readonly Holder[];
  /** ARN of the boundary of a user or role. */
  readonly boundary: Arn | null;
}

/** The user, group, role or managed policy of that ARN, as far as the account can see it. */
export async function findPolicySubject(
  rows: Rows,
  catalogue: ManagedPolicyCatalogue,
  account: AccountId,
  text: string,
): Promise<PolicySubject | undefined> {
  const arn = text as Arn;
  const [, kind] = /^arn:aws:iam::(?:\d{12}|aws):(user|group|role|policy)\//.exec(text) ?? [];
  if (kind === "policy") return policySubject(rows, catalogue, account, arn);
  if (kind !== "user" && kind !== "group" && kind !== "role") return undefined;
  const tables = rows.tables<IamTables>();
  const row = await tables
    .selectFrom(tableOf[kind])
    .selectAll()
    .where("account", "=", account)
    .where("arn", "=", arn)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const self = holderOf(kind, row);
  const groups = kind === "user" ? await groupsOf(rows, row.id) : [];
  return {
    arn,
    kind,
    policies: await heldPolicies(rows, catalogue, [self, ...groups]),
    actors: kind === "group" ? await membersOf(rows, [row.id]) : [self],
    boundary: "boundary" in row ? (row.boundary as Arn | null) : null,
  };
}

async function policySubject(
  rows: Rows,
  catalogue: ManagedPolicyCatalogue,
  account: AccountId,
  arn: Arn,
): Promise<PolicySubject | undefined> {
  if (!isAwsManaged(arn) && !arn.startsWith(`arn:aws:iam::${account}:`)) return undefined;
  const document = await defaultDocument(rows, catalogue, arn);
  if (document === undefined) return undefined;
  const users = await policyEntities(rows, account, arn, "PermissionsPolicy");
  const holders = users.map((user) => ({ ...user, kind: user.kind.toLowerCase() as EntityKind }));
  const direct = await Promise.all(
    (["user", "role"] as const).map((kind) =>
      byIds(
        rows,
        kind,
        holders.filter((holder) => holder.kind === kind).map(({ id }) => id),
      ),
    ),
  );
  const groups = holders.filter(({ kind }) => kind === "group").map(({ id }) => id);
  const actors = new Map(
    [...direct.flat(), ...(await membersOf(rows, groups))].map((actor) => [actor.id, actor]),
  );
  return {
    arn,
    kind: "policy",
    policies: [{ name: policyNameOf(arn).name, arn, document }],
    actors: [...actors.values()],
    boundary: null,
  };
}

const tableOf = { user: "iam_user", group: "iam_group", role: "iam_role" } as const;

function holderOf(kind: EntityKind, { id, name, path, arn }: EntityRow): Holder {
  return { kind, id, name, path, arn };
}

async function byIds(rows: Rows, kind: EntityKind, ids: readonly string[]): Promise<readonly Holder[]> {
  if (ids.length === 0) return [];
  const found: readonly EntityRow[] = await rows
    .tables<IamTables>()
    .selectFrom<"iam_user" | "iam_group" | "iam_role">(tableOf[kind])
    .selectAll()
    .where("id", "in", [...ids])
    .execute();
  return found.map((row) => holderOf(kind, row));
}

async function groupsOf(rows: Rows, userId: string): Promise<readonly Holder[]> {
  const groups = await rows
    .tables<IamTables>()
    .selectFrom("iam_group_member")
    .select("group_id")
    .where("user_id", "=", userId)
    .execute();
  return byIds(
    rows,
    "group",
    groups.map((member) => member.group_id),
  );
}

async function membersOf(rows: Rows, groupIds: readonly string[]): Promise<readonly Holder[]> {
  if (groupIds.length === 0) return [];
  const members = await rows
    .tables<IamTables>()
    .selectFrom("iam_group_member")
    .select("user_id")
    .distinct()
    .where("group_id", "in", [...groupIds])
    .execute();
  return byIds(
    rows,
    "user",
    members.map((member) => member.user_id),
  );
}

/** Every policy of the holders: inline ones by holder, managed ones once each. */
async function heldPolicies(
  rows: Rows,
  catalogue: ManagedPolicyCatalogue,
  holders: readonly Holder[],
): Promise<readonly HeldPolicy[]> {
  const ids = holders.map(({ id }) => id);
  const tables = rows.tables<IamTables>();
  const inline = await tables
    .selectFrom("iam_inline_policy")
    .selectAll()
    .where("entity_id", "in", ids)
    .orderBy("entity_id")
    .orderBy("name_key")
    .execute();
  const attached = await tables
    .selectFrom("iam_attachment")
    .select("policy_arn")
    .distinct()
    .where("entity_id", "in", ids)
    .orderBy("policy_arn")
    .execute();
  const held: HeldPolicy[] = inline.map(({ entity_id: id, name, document }) => ({
    name,
    holder: holders.find((holder) => holder.id === id),
    document,
  }));
  for (const { policy_arn: arn } of attached) {
    const document = await defaultDocument(rows, catalogue, arn);
    if (document !== undefined) held.push({ name: policyNameOf(arn).name, arn, document });
  }
  return held;
}
