import type { Kysely } from "kysely";
import type { LiveChange } from "../../../dispatch/live-change.ts";
import type { ServiceEvent } from "../../../dispatch/service-event.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { minute } from "../../../kernel/duration.ts";
import { integer, json, keyText } from "../../../store/columns.ts";
import type { Dialect, Rows, Tx } from "../../../store/types.ts";

/** An event of a service that live pages are still to hear of. */
export interface LiveChangeRow {
  readonly account: string;
  readonly region: string;
  /** Epoch ms. */
  readonly at: number;
  readonly id: string;
  readonly service: string;
  readonly name: string;
  /** A list of ARNs. */
  readonly resources: string;
}

export interface LiveChangeTables {
  events_live_change: LiveChangeRow;
}

/** Whoever looks, looks every few seconds. */
const keptFor = minute;

export async function createLiveChangeTable(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const text = keyText(dialect);
  await db.schema
    .createTable("events_live_change")
    .addColumn("account", text, (c) => c.notNull())
    .addColumn("region", text, (c) => c.notNull())
    .addColumn("at", integer, (c) => c.notNull())
    .addColumn("id", text, (c) => c.notNull())
    .addColumn("service", text, (c) => c.notNull())
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("resources", json, (c) => c.notNull())
    .addPrimaryKeyConstraint("events_live_change_key", ["account", "region", "at", "id"])
    .execute();
}

/** Keeps an event for live pages of every process, and forgets old ones. @param now epoch ms. */
export async function keepLiveChange(tx: Tx, id: string, event: ServiceEvent, now: number): Promise<void> {
  const { account, region, source, detailType: name } = event;
  const table = tx.tables<LiveChangeTables>();
  await table
    .insertInto("events_live_change")
    .values({
      ...{ account, region, at: now, id, name },
      service: source.replace(/^aws\./, ""),
      resources: JSON.stringify(touchedBy(event)),
    })
    .execute();
  await table
    .deleteFrom("events_live_change")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("at", "<", now - keptFor)
    .execute();
}

/** Events of services that happened at `since` (epoch ms) or later, oldest first. */
export async function liveChangesSince(
  rows: Rows,
  { account, region }: { readonly account: AccountId; readonly region: Region },
  since: number,
  limit: number,
): Promise<readonly LiveChange[]> {
  const found = await rows
    .tables<LiveChangeTables>()
    .selectFrom("events_live_change")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("at", ">=", since)
    .orderBy("at")
    .orderBy("id")
    .limit(limit)
    .execute();
  return found.map(({ id, at, service, name, resources }) => ({
    ...{ id, at, service, name },
    resources: JSON.parse(resources) as readonly string[],
  }));
}

/** AWS: most events of ECR name their repository in the detail only. */
function touchedBy({ source, account, region, resources, detail }: ServiceEvent): readonly string[] {
  const repository = detail["repository-name"];
  if (resources.length > 0 || source !== "aws.ecr" || typeof repository !== "string") return resources;
  return [`arn:aws:ecr:${region}:${account}:repository/${repository}`];
}
