import type { Filter } from "@aws-sdk/client-secrets-manager";
import type { CallContext } from "../../dispatch/context.ts";
import { pageToken, readPageToken } from "../../kernel/page.ts";
import type { Rows } from "../../store/types.ts";
import { invalidNextToken } from "./faults.ts";
import { passes } from "./filters.ts";
import { type Secret, secretFrom } from "./secret.ts";
import type { SecretsManagerTables } from "./store.ts";

/** Which secrets are asked for, and in which order. */
export interface SecretQuery {
  readonly filters: readonly Filter[];
  readonly limit: number;
  readonly nextToken: string | undefined;
  /** Also those marked for deletion. */
  readonly includeDeleted: boolean;
  readonly by: "name" | "created-date";
  readonly order: "asc" | "desc";
}

/** Rows read at once while a page is filled. */
const batch = 200;

/** One page of the caller's secrets of a region that pass the filters. Throws `InvalidNextTokenException`. */
export async function listSecrets(
  rows: Rows,
  ctx: CallContext,
  query: SecretQuery,
): Promise<{ readonly secrets: readonly Secret[]; readonly next: string | undefined }> {
  const found: Secret[] = [];
  let after = readAfter(query.nextToken);
  for (;;) {
    const read = await readBatch(rows, ctx, query, after);
    for (const secret of read) {
      if (!passes(secret, query.filters)) continue;
      const last = found[query.limit - 1];
      if (last !== undefined) return { secrets: found, next: tokenOf(last) };
      found.push(secret);
    }
    const end = read[batch - 1];
    if (end === undefined) return { secrets: found, next: undefined };
    after = { createdAt: end.createdAt, name: end.name };
  }
}

interface Position {
  readonly createdAt: number;
  readonly name: string;
}

async function readBatch(
  rows: Rows,
  ctx: CallContext,
  { by, order, includeDeleted }: SecretQuery,
  after: Position | undefined,
): Promise<Secret[]> {
  let select = rows
    .tables<SecretsManagerTables>()
    .selectFrom("secretsmanager_secret")
    .selectAll()
    .where("account", "=", ctx.account)
    .where("region", "=", ctx.region)
    .where((is) => is.or([is("purge_at", "is", null), is("purge_at", ">", ctx.now)]));
  if (!includeDeleted) select = select.where("deleted_at", "is", null);
  const beyond = order === "asc" ? ">" : "<";
  if (by === "created-date") {
    select = select.orderBy("created_at", order);
    if (after !== undefined) {
      select = select.where((is) =>
        is.or([
          is("created_at", beyond, after.createdAt),
          is.and([is("created_at", "=", after.createdAt), is("name", beyond, after.name)]),
        ]),
      );
    }
  } else if (after !== undefined) select = select.where("name", beyond, after.name);
  const read = await select.orderBy("name", order).limit(batch).execute();
  return read.map(secretFrom);
}

function tokenOf({ createdAt, name }: Position): string {
  return pageToken([String(createdAt), name]);
}

function readAfter(token: string | undefined): Position | undefined {
  if (token === undefined) return undefined;
  const [createdAt, name, ...more] = readPageToken(token) ?? [];
  // PostgreSQL takes no NUL in a text, and no number but an integer in a time.
  const readable = createdAt !== undefined && /^\d{1,15}$/.test(createdAt) && name?.includes("\0") === false;
  if (!readable || more.length > 0) throw invalidNextToken();
  return { createdAt: Number(createdAt), name };
}
