import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { isFault } from "../../../kernel/fault.ts";
import { cutPage } from "../../../kernel/page.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { daemonTaskDefinitionArn, type Scope } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { pageSize, readAfter } from "../paging.ts";
import type { DaemonDocument, DaemonRevisionDocument } from "./daemon.ts";
import {
  type DaemonDefinition,
  daemonDefinitionFrom,
  daemonDefinitionNotFound,
  describeDaemonDefinition,
  findDaemonDefinition,
  parseDaemonDefinition,
} from "./daemon-definition.ts";
import type { DaemonTables } from "./daemon-store.ts";

/** API Reference, ListDaemonTaskDefinitions. */
const largestPage = 100;

/** The ARN that a call asks permission for. A malformed reference is the operation's to refuse. */
function definitionNamed(scope: Scope, reference: string): string {
  try {
    const { family = reference, revision } = parseDaemonDefinition(scope, reference) ?? {};
    if (reference.startsWith("arn:")) return reference;
    if (revision !== undefined) return daemonTaskDefinitionArn(scope, family, revision);
    return formatArn("ecs", scope.region, scope.account, `daemon-task-definition/${family}:*`);
  } catch (error) {
    if (!isFault(error)) throw error;
    return formatArn("ecs", scope.region, scope.account, "daemon-task-definition/*:*");
  }
}

/** One revision of a daemon task definition. */
export const describeDaemonTaskDefinition: ReadOperation<typeof ecs, "DescribeDaemonTaskDefinition"> = {
  name: "DescribeDaemonTaskDefinition",
  authorise: ({ daemonTaskDefinition }, ctx) => [
    {
      action: "ecs:DescribeDaemonTaskDefinition",
      resource: definitionNamed(ctx, daemonTaskDefinition),
    },
  ],
  async read(ctx, { daemonTaskDefinition }) {
    const found = await findDaemonDefinition(ctx.rows, ctx, daemonTaskDefinition);
    if (found === undefined) throw daemonDefinitionNotFound();
    return { daemonTaskDefinition: describeDaemonDefinition(found) };
  },
};

/** Gives up a revision: it is DELETED when no daemon runs it any more. */
export const deleteDaemonTaskDefinition: WriteOperation<typeof ecs, "DeleteDaemonTaskDefinition"> = {
  name: "DeleteDaemonTaskDefinition",
  authorise: ({ daemonTaskDefinition }, ctx) => [
    { action: "ecs:DeleteDaemonTaskDefinition", resource: definitionNamed(ctx, daemonTaskDefinition) },
  ],
  async commit(tx, ctx, { daemonTaskDefinition }) {
    if (parseDaemonDefinition(ctx, daemonTaskDefinition)?.revision === undefined) {
      // Ours.
      throw invalidParameter("daemonTaskDefinition must be family:revision or an ARN with a revision.");
    }
    const found = await findDaemonDefinition(tx, ctx, daemonTaskDefinition);
    if (found === undefined) throw daemonDefinitionNotFound();
    if (found.status === "ACTIVE") await setStatus(tx, found, "DELETE_IN_PROGRESS", ctx.now);
    await settleDefinitions(tx, ctx);
    return { daemonTaskDefinitionArn: found.arn };
  },
};

async function setStatus(
  tx: Tx,
  { account, region, family, revision }: DaemonDefinition,
  status: ecs.DaemonTaskDefinitionStatus,
  requestedAt?: number,
): Promise<void> {
  await tx
    .tables<DaemonTables>()
    .updateTable("ecs_daemon_definition")
    .set({ status, ...(requestedAt !== undefined && { delete_requested_at: requestedAt }) })
    .where("account", "=", account)
    .where("region", "=", region)
    .where("family", "=", family)
    .where("revision", "=", revision)
    .execute();
}

/** Ends the deletion of the revisions that no daemon runs any more. */
export async function settleDefinitions(tx: Tx, { account, region }: Scope): Promise<void> {
  const rows = await tx
    .tables<DaemonTables>()
    .selectFrom("ecs_daemon_definition")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("status", "=", "DELETE_IN_PROGRESS")
    .execute();
  if (rows.length === 0) return;
  const used = await definitionsInUse(tx, { account, region });
  for (const found of rows.map(daemonDefinitionFrom)) {
    if (!used.has(found.arn)) await setStatus(tx, found, "DELETED");
  }
}

/** ARNs of what daemons run or would go back to. */
async function definitionsInUse(rows: Rows, { account, region }: Scope): Promise<ReadonlySet<string>> {
  const tables = rows.tables<DaemonTables>();
  const daemons = await tables
    .selectFrom("ecs_daemon")
    .select("document")
    .where("account", "=", account)
    .where("region", "=", region)
    .execute();
  const revisions = daemons
    .map(({ document }) => JSON.parse(document) as DaemonDocument)
    .flatMap(({ target, stable }) => (stable === undefined ? [target] : [target, stable]));
  if (revisions.length === 0) return new Set();
  const found = await tables
    .selectFrom("ecs_daemon_revision")
    .select("document")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("id", "in", revisions)
    .execute();
  return new Set(
    found.map(({ document }) => (JSON.parse(document) as DaemonRevisionDocument).taskDefinition),
  );
}

/** The revisions of daemon task definitions, by family and number. */
export const listDaemonTaskDefinitions: ReadOperation<typeof ecs, "ListDaemonTaskDefinitions"> = {
  name: "ListDaemonTaskDefinitions",
  // AWS: the action knows no resource.
  authorise: () => [{ action: "ecs:ListDaemonTaskDefinitions", resource: "*" }],
  async read(ctx, input) {
    const { family, familyPrefix, status = "ACTIVE", sort = "ASC" } = input;
    const limit = pageSize(input.maxResults, largestPage);
    const [after] = readAfter(input.nextToken, 1) ?? [];
    if (family !== undefined && familyPrefix !== undefined) {
      // Ours.
      throw invalidParameter("Specify either family or familyPrefix, but not both.");
    }
    const rows = await ctx.rows
      .tables<DaemonTables>()
      .selectFrom("ecs_daemon_definition")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("region", "=", ctx.region)
      .orderBy("family")
      .orderBy("revision")
      .execute();
    const all = rows.map(daemonDefinitionFrom).filter((one) => status === "ALL" || one.status === status);
    const wanted = all
      .filter((one) => family === undefined || one.family === family)
      .filter((one) => one.family.startsWith(familyPrefix ?? ""));
    const last = new Map(wanted.map((one) => [one.family, one]));
    const shown = input.revision === "LAST_REGISTERED" ? [...last.values()] : [...wanted];
    if (sort === "DESC") shown.reverse();
    const begin = after === undefined ? 0 : shown.findIndex(({ arn }) => arn === after) + 1;
    const page = cutPage(shown.slice(begin, begin + limit + 1), limit, ({ arn }) => [arn]);
    return {
      daemonTaskDefinitions: page.rows.map((one) => ({
        arn: one.arn,
        registeredAt: new Date(one.registeredAt),
        registeredBy: one.document.definition.registeredBy,
        ...(one.deleteRequestedAt !== undefined && {
          deleteRequestedAt: new Date(one.deleteRequestedAt),
        }),
        status: one.status,
      })),
      nextToken: page.next,
    };
  },
};
