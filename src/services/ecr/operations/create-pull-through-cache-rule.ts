import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { registryOf } from "../arn.ts";
import type { EcrPorts } from "../ports.ts";
import { onRules } from "../pull-through/authorise.ts";
import { readRule } from "../pull-through/check-rule.ts";
import { mostRules, ruleAlreadyExists, tooManyRules } from "../pull-through/faults.ts";
import { rulesOfAccount } from "../pull-through/role-owner.ts";
import {
  describeRule,
  documentOf,
  type PullThroughRule,
  prefixKey,
  pullThroughPrincipal,
  pullThroughSession,
} from "../pull-through/rule.ts";
import { readSecret } from "../pull-through/secret.ts";
import type { PullThroughTables } from "../pull-through/store.ts";
import { holdRole, prepareRole, type RolePreparation } from "../role-creation.ts";

/**
 * Makes a pull through cache rule. The first of an account creates AWSServiceRoleForECRPullThroughCache with the
 * caller's own identity; the secret is read once by that role, so that a rule that cannot work is refused at once.
 * INVARIANT: there is no rule without the role. The commit takes the lock row that deleting the role takes too.
 */
export const createPullThroughCacheRule = ({
  pullThrough,
}: EcrPorts): WriteOperation<typeof ecr, "CreatePullThroughCacheRule", RolePreparation> => ({
  name: "CreatePullThroughCacheRule",
  authorise: onRules("ecr:CreatePullThroughCacheRule"),

  async prepare(ctx, input) {
    const registry = registryOf(input, ctx);
    const { credentialArn } = readRule(input, registry, (url) => pullThrough?.allows(url) ?? false);
    // A rule in any region keeps the role from being deleted: it is there.
    const rules = await rulesOfAccount(ctx.rows, registry.account);
    const role = rules.length > 0 ? {} : await prepareRole(ctx, pullThroughPrincipal);
    if (credentialArn !== undefined && role.denial === undefined) {
      const asRole = ctx.as({ servicePrincipal: pullThroughPrincipal, sessionName: pullThroughSession });
      await readSecret(asRole, credentialArn);
    }
    return role;
  },

  async commit(tx, ctx, input, role) {
    const registry = registryOf(input, ctx);
    await holdRole(tx, registry.account, pullThroughPrincipal, role);
    const rules = tx.tables<PullThroughTables>();
    const rule: PullThroughRule = {
      ...readRule(input, registry, (url) => pullThrough?.allows(url) ?? false),
      ...registry,
      prefix: prefixKey(input.ecrRepositoryPrefix),
      createdAt: ctx.now,
      updatedAt: ctx.now,
    };
    const inserted = await rules
      .insertInto("ecr_pull_through_rule")
      .values({
        ...registry,
        prefix: rule.prefix,
        created_at: ctx.now,
        updated_at: ctx.now,
        document: documentOf(rule),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning("prefix")
      .executeTakeFirst();
    if (inserted === undefined) throw ruleAlreadyExists(registry, input.ecrRepositoryPrefix);
    const { count } = await rules
      .selectFrom("ecr_pull_through_rule")
      .select((select) => select.fn.countAll<number>().as("count"))
      .where("account", "=", registry.account)
      .where("region", "=", registry.region)
      .executeTakeFirstOrThrow();
    if (count > mostRules) throw tooManyRules(registry);
    return { ...describeRule(rule), createdAt: new Date(rule.createdAt) };
  },
});
