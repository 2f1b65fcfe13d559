import { sql } from "kysely";
import type { AccountId } from "../../kernel/brand.ts";
import { cutPage, type Page } from "../../kernel/page.ts";
import type { Rows } from "../../store/types.ts";
import { afterPrefix, pageRequest } from "./paging.ts";
import type { EntityRow, IamTables } from "./store.ts";

type EntityTable = "iam_user" | "iam_group" | "iam_role" | "iam_instance_profile" | "iam_server_certificate";

/**
 * A page of an account's users, groups, roles or instance profiles in the order of their names, under a path if one is
 * given. Throws `ValidationError` for a marker that is none.
 */
export async function entityPage<Table extends EntityTable>(
  rows: Rows,
  table: Table,
  account: AccountId,
  input: { readonly PathPrefix?: string; readonly Marker?: string; readonly MaxItems?: number },
): Promise<Page<IamTables[Table]>> {
  const { after, limit } = pageRequest(input);
  const { PathPrefix: prefix = "/" } = input;
  const ofAccount = rows
    .tables<IamTables>()
    .selectFrom<EntityTable>(table)
    .selectAll()
    .where("account", "=", account);
  // Every path begins with a slash. Asked for with a path, rows are found by it: the names are only compared, so that no
  // database walks through all of an account's rows in the order of their names.
  const found =
    prefix === "/"
      ? ofAccount.where("name_key", ">", after[0] ?? "")
      : ofAccount
          .where("path", ">=", prefix)
          .where("path", "<", afterPrefix(prefix))
          .$if(after[0] !== undefined, (rest) =>
            rest.where(sql<string>`${sql.ref("name_key")} || ''`, ">", after[0] ?? ""),
          );
  const fetched: readonly EntityRow[] = await found
    .orderBy("name_key")
    .limit(limit + 1)
    .execute();
  // The query's type forgets which of the tables it reads; every column of that table was selected.
  return cutPage(fetched as readonly IamTables[Table][], limit, (row) => [row.name_key]);
}

/** How many users, groups, roles, instance profiles or customer managed policies an account has. */
export async function countEntities(
  rows: Rows,
  table: EntityTable | "iam_policy",
  account: AccountId,
): Promise<number> {
  const { count } = await rows
    .tables<IamTables>()
    .selectFrom(table)
    .select((query) => query.fn.countAll<number>().as("count"))
    .where("account", "=", account)
    .executeTakeFirstOrThrow();
  return Number(count);
}
