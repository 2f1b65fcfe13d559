import type * as ecs from "@aws-sdk/client-ecs";
import { parseArn, rootArn } from "../../../kernel/arn.ts";
import type { AccountId } from "../../../kernel/brand.ts";
import type { Principal } from "../../../kernel/principal.ts";
import type { Rows } from "../../../store/types.ts";
import type { Scope } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { knownSettings } from "./known-settings.ts";
import type { AccountSettingTables } from "./setting-store.ts";

/**
 * Whose settings a caller has: a user's or a role's own. AWS: a federated user has the root's, and so has a service
 * here that works in its own name.
 */
function settingPrincipal(principal: Principal, account: AccountId): string {
  switch (principal.type) {
    case "IAMUser":
      return principal.arn;
    case "AssumedRole":
      return principal.roleArn;
    default:
      return rootArn(account);
  }
}

/**
 * Whose settings a call is about: the principal that it names, or its caller.
 * Throws `InvalidParameterException` for one that is no user, role or root of the account.
 */
export function namedPrincipal(
  named: string | undefined,
  ctx: { readonly principal: Principal; readonly account: AccountId },
): string {
  if (named === undefined || named === "") return settingPrincipal(ctx.principal, ctx.account);
  const arn = parseArn(named);
  if (arn?.service !== "iam" || arn.account !== ctx.account || !/^(root$|user\/|role\/)/.test(arn.resource)) {
    throw invalidParameter("Invalid principal ARN. Specify the ARN of a user, a role or the root user.");
  }
  return named;
}

/** What principals of a region's account have set. */
export async function ownSettings(
  rows: Rows,
  { account, region }: Scope,
  principals: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const found = await rows
    .tables<AccountSettingTables>()
    .selectFrom("ecs_account_setting")
    .select(["principal", "name", "value"])
    .where("account", "=", account)
    .where("region", "=", region)
    .where("principal", "in", principals)
    .execute();
  const settings = new Map<string, Map<string, string>>();
  for (const { principal, name, value } of found) {
    settings.set(principal, (settings.get(principal) ?? new Map()).set(name, value));
  }
  return settings;
}

/** What holds for a principal: its own setting, else the account's default, else AWS's. */
export async function effectiveSetting(
  rows: Rows,
  scope: Scope,
  principal: Principal,
  name: ecs.SettingName,
): Promise<string> {
  const root = rootArn(scope.account);
  const own = knownSettings[name].wholeAccount === true ? root : settingPrincipal(principal, scope.account);
  const settings = await ownSettings(rows, scope, [...new Set([own, root])]);
  return settings.get(own)?.get(name) ?? settings.get(root)?.get(name) ?? knownSettings[name].standard;
}

/** Sets what a principal has. The value has been checked. */
export async function putSetting(
  rows: Rows,
  { account, region }: Scope,
  principal: string,
  name: string,
  value: string,
): Promise<void> {
  await rows
    .tables<AccountSettingTables>()
    .insertInto("ecs_account_setting")
    .values({ account, region, principal, name, value })
    .onConflict((conflict) =>
      conflict.columns(["account", "region", "principal", "name"]).doUpdateSet({ value }),
    )
    .execute();
}

/** Forgets what a principal has set; what was set is returned. */
export async function deleteSetting(
  rows: Rows,
  { account, region }: Scope,
  principal: string,
  name: string,
): Promise<string | undefined> {
  const gone = await rows
    .tables<AccountSettingTables>()
    .deleteFrom("ecs_account_setting")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("principal", "=", principal)
    .where("name", "=", name)
    .returning("value")
    .executeTakeFirst();
  return gone?.value;
}

/** A setting as it is answered. */
export function describeSetting(name: ecs.SettingName, value: string, principalArn: string): ecs.Setting {
  return { name, value, principalArn, type: knownSettings[name].managed === true ? "aws_managed" : "user" };
}
