import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { registryOf } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { onRules } from "../pull-through/authorise.ts";
import { checkCredentials } from "../pull-through/check-rule.ts";
import {
  describeRule,
  documentOf,
  needRule,
  pullThroughPrincipal,
  pullThroughSession,
} from "../pull-through/rule.ts";
import { readSecret } from "../pull-through/secret.ts";
import type { PullThroughTables } from "../pull-through/store.ts";

/** Gives a rule another secret or another role. What was cached stays. */
export const updatePullThroughCacheRule: WriteOperation<typeof ecr, "UpdatePullThroughCacheRule"> = {
  name: "UpdatePullThroughCacheRule",
  authorise: onRules("ecr:UpdatePullThroughCacheRule"),

  async prepare(ctx, input) {
    await needRule(ctx.rows, registryOf(input, ctx), input.ecrRepositoryPrefix);
    if (input.credentialArn === undefined) return;
    const asRole = ctx.as({ servicePrincipal: pullThroughPrincipal, sessionName: pullThroughSession });
    await readSecret(asRole, input.credentialArn);
  },

  async commit(tx, ctx, input) {
    const registry = registryOf(input, ctx);
    const current = await needRule(tx, registry, input.ecrRepositoryPrefix);
    // The text is ours.
    if (input.credentialArn === undefined && input.customRoleArn === undefined) {
      throw invalidParameter("credentialArn", "credentialArn or customRoleArn must be specified");
    }
    const rule = {
      ...current,
      credentialArn: input.credentialArn ?? current.credentialArn,
      customRoleArn: input.customRoleArn ?? current.customRoleArn,
    };
    checkCredentials(rule, registry);
    await tx
      .tables<PullThroughTables>()
      .updateTable("ecr_pull_through_rule")
      .set({ document: documentOf(rule), updated_at: ctx.now })
      .where("account", "=", registry.account)
      .where("region", "=", registry.region)
      .where("prefix", "=", rule.prefix)
      .execute();
    const { ecrRepositoryPrefix, registryId, credentialArn, customRoleArn, upstreamRepositoryPrefix } =
      describeRule(rule);
    return {
      ecrRepositoryPrefix,
      registryId,
      updatedAt: new Date(ctx.now),
      credentialArn,
      customRoleArn,
      upstreamRepositoryPrefix,
    };
  },
};
