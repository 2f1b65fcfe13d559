import type { CreateTableBuilder, Kysely } from "kysely";
import type { Principal } from "../../../kernel/principal.ts";
import { integer, keyText } from "../../../store/columns.ts";
import type { Dialect, Migration, Rows } from "../../../store/types.ts";

/** A principal whose pulls leave no pull time ("Pull time update exclusions", ECR User Guide). */
export interface PullTimeExclusionRow {
  readonly account: string;
  readonly region: string;
  /** A role or user. */
  readonly principal_arn: string;
  /** Epoch ms. */
  readonly created_at: number;
}

export interface PullTimeExclusionTables {
  ecr_pull_time_exclusion: PullTimeExclusionRow;
}

/** Service quotas: exclusions of a registry. */
export const mostExclusions = 100;

/** The ARN under which a caller is excluded: a session's role, or the user. */
export function excludableArn(principal: Principal): string | undefined {
  if (principal.type === "AssumedRole") return principal.roleArn;
  return principal.type === "IAMUser" ? principal.arn : undefined;
}

/** Whether the pulls of a principal leave no trace in a registry. */
export async function isExcluded(
  rows: Rows,
  registry: Pick<PullTimeExclusionRow, "account" | "region">,
  arn: string,
): Promise<boolean> {
  const found = await rows
    .tables<PullTimeExclusionTables>()
    .selectFrom("ecr_pull_time_exclusion")
    .select("principal_arn")
    .where("account", "=", registry.account)
    .where("region", "=", registry.region)
    .where("principal_arn", "=", arn)
    .executeTakeFirst();
  return found !== undefined;
}

async function createTable(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  let table: CreateTableBuilder<string, string> = db.schema.createTable("ecr_pull_time_exclusion");
  const key = ["account", "region", "principal_arn"] as const;
  for (const name of key) table = table.addColumn(name, keyText(dialect), (column) => column.notNull());
  await table
    .addColumn("created_at", integer, (column) => column.notNull())
    .addPrimaryKeyConstraint("ecr_pull_time_exclusion_key", [...key])
    .execute();
}

export const pullTimeExclusionMigrations: readonly Migration[] = [
  { name: "ecr/005-pull-time-exclusions", up: createTable },
];
