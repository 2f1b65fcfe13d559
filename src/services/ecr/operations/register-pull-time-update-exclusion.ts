import type * as ecr from "@aws-sdk/client-ecr";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { parseArn } from "../../../kernel/arn.ts";
import { Fault } from "../../../kernel/fault.ts";
import { onRegistry, registryOf } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { isExcluded, mostExclusions, type PullTimeExclusionTables } from "../images/pull-time-exclusions.ts";

/** From now on, pulls of a role or user do not renew `lastRecordedPullTime`. The words of the errors are ours. */
export const registerPullTimeUpdateExclusion: WriteOperation<typeof ecr, "RegisterPullTimeUpdateExclusion"> =
  {
    name: "RegisterPullTimeUpdateExclusion",
    authorise: onRegistry("ecr:RegisterPullTimeUpdateExclusion"),
    async commit(tx, ctx, { principalArn }) {
      const arn = parseArn(principalArn);
      if (arn?.service !== "iam" || !/^(role|user)\/./.test(arn.resource)) {
        throw invalidParameter("principalArn", "Invalid ARN");
      }
      const registry = registryOf({}, ctx);
      if (await isExcluded(tx, registry, principalArn)) {
        throw new Fault(
          "ExclusionAlreadyExistsException",
          `The pull time update exclusion for principal '${principalArn}' already exists in the registry with id '${registry.account}'`,
        );
      }
      const tables = tx.tables<PullTimeExclusionTables>();
      const known = await tables
        .selectFrom("ecr_pull_time_exclusion")
        .select("principal_arn")
        .where("account", "=", registry.account)
        .where("region", "=", registry.region)
        .execute();
      if (known.length >= mostExclusions) {
        throw new Fault(
          "LimitExceededException",
          `The maximum number of pull time update exclusions (${mostExclusions}) has been reached in the registry with id '${registry.account}'`,
        );
      }
      await tables
        .insertInto("ecr_pull_time_exclusion")
        .values({ ...registry, principal_arn: principalArn, created_at: ctx.now })
        .execute();
      return { principalArn, createdAt: new Date(ctx.now) };
    },
  };
