import type { ResourceFacts } from "../../dispatch/service.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows } from "../../store/types.ts";
import type { IamTables, RoleDocument } from "./store.ts";

/** The actions that a role's trust policy decides (IAM User Guide, "Terms and concepts": trust policy). */
const trustActions: ReadonlySet<string> = new Set([
  "sts:assumerole",
  "sts:assumerolewithsaml",
  "sts:assumerolewithwebidentity",
  "sts:tagsession",
  "sts:setsourceidentity",
]);

/** The tables whose rows carry tags in a column, by the resource type of their ARNs. */
const tagged = {
  user: "iam_user",
  policy: "iam_policy",
  "instance-profile": "iam_instance_profile",
  "oidc-provider": "iam_oidc_provider",
  "saml-provider": "iam_saml_provider",
  "server-certificate": "iam_server_certificate",
  mfa: "iam_mfa_device",
} as const;

/** What policies need to know of an IAM resource: its tags, and for taking a role its trust policy. */
export async function resourceFacts(rows: Rows, arn: string, action: string): Promise<ResourceFacts> {
  const parts = parseArn(arn);
  const type = parts?.resource.slice(0, parts.resource.indexOf("/"));
  if (parts === undefined || parts.service !== "iam" || type === undefined) return { policies: [] };
  const account = parts.account as AccountId;
  if (type === "role") return roleFacts(rows, account, arn as Arn, action);
  if (!(type in tagged)) return { policies: [] };
  const row = await rows
    .tables<IamTables>()
    .selectFrom(tagged[type as keyof typeof tagged])
    .select("tags")
    .where("account", "=", account)
    .where("arn", "=", arn as Arn)
    .executeTakeFirst();
  return { policies: [], tags: row === undefined ? [] : (JSON.parse(row.tags) as Tag[]) };
}

async function roleFacts(rows: Rows, account: AccountId, arn: Arn, action: string): Promise<ResourceFacts> {
  const row = await rows
    .tables<IamTables>()
    .selectFrom("iam_role")
    .select("document")
    .where("account", "=", account)
    .where("arn", "=", arn)
    .executeTakeFirst();
  const trust = trustActions.has(action.toLowerCase());
  if (row === undefined) return trust ? { policies: [], kind: "trust" } : { policies: [] };
  const { trustPolicy, tags } = JSON.parse(row.document) as RoleDocument;
  return trust
    ? { policies: [{ name: arn, document: trustPolicy }], kind: "trust", tags }
    : { policies: [], tags };
}
