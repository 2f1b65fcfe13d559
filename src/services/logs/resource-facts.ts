import type { ResourceFacts } from "../../dispatch/service.ts";
import type { Rows } from "../../store/types.ts";
import { parseLogGroupArn } from "./arn.ts";
import { findLogGroup } from "./groups.ts";
import type { LogsTables } from "./store.ts";

/**
 * The policies and tags that bear on a log group or a stream in it: every resource policy of its account and region
 * (CloudWatch Logs has them for the account, and each names what it is about), and the group's tags.
 */
export async function logGroupFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const key = parseLogGroupArn(arn);
  if (key === undefined) return { policies: [] };
  const policies = await rows
    .tables<LogsTables>()
    .selectFrom("logs_resource_policy")
    .select(["name", "document"])
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .orderBy("name")
    .execute();
  const group = await findLogGroup(rows, key);
  return {
    policies: policies.map(({ name, document }) => ({ name: `resource policy ${name}`, document })),
    ...(group !== undefined && { tags: group.tags }),
  };
}
