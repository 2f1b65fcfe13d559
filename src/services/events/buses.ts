import type { EventBus as ShownBus } from "@aws-sdk/client-eventbridge";
import type { CallContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import { type PrincipalRegister, showPrincipals } from "../../dispatch/policy-principals.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { type BusKey, busArn, busOf, defaultBus } from "./arn.ts";
import { busNotFound } from "./faults.ts";
import type { EventBusRow, EventsTables } from "./store.ts";

/** What a bus has besides its name and its policy. */
export interface EventBusDocument {
  readonly description?: string;
  readonly tags: readonly Tag[];
}

/** An event bus. */
export interface EventBus extends BusKey, EventBusDocument {
  /** Epoch ms; absent on a default bus that nobody has touched. */
  readonly createdAt?: number;
  readonly modifiedAt?: number;
  /** JSON. */
  readonly policy?: string;
}

/** Reads a row. */
export function busOfRow(row: EventBusRow): EventBus {
  const { account, region, name, created_at: createdAt, modified_at: modifiedAt, document, policy } = row;
  const key = { account, region, name } as BusKey;
  return { ...key, createdAt, modifiedAt, ...JSON.parse(document), ...(policy !== null && { policy }) };
}

/** The bus, or `undefined`. The default bus is always there. */
export async function findBus(rows: Rows, key: BusKey): Promise<EventBus | undefined> {
  const row = await rows
    .tables<EventsTables>()
    .selectFrom("events_bus")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  if (row !== undefined) return busOfRow(row);
  return key.name === defaultBus ? { ...key, tags: [] } : undefined;
}

/** The bus. Throws `ResourceNotFoundException`. */
export async function needBus(rows: Rows, key: BusKey): Promise<EventBus> {
  const bus = await findBus(rows, key);
  if (bus === undefined) throw busNotFound(key.name);
  return bus;
}

/** Writes a bus whole, and makes cached decisions about it stale. */
export async function writeBus(tx: Tx, bus: EventBus, now: number): Promise<void> {
  const { account, region, name, description, tags } = bus;
  const columns = {
    modified_at: now,
    document: JSON.stringify({ description, tags }),
    policy: bus.policy ?? null,
  };
  await tx
    .tables<EventsTables>()
    .insertInto("events_bus")
    .values({ account, region, name, created_at: now, ...columns })
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(columns))
    .execute();
  await tx.bumpEpoch(account);
}

/** Buses as answers show them: their policies name users and roles by ARN, those that are gone by id. */
export async function describeBuses(
  rows: Rows,
  principals: PrincipalRegister,
  buses: readonly EventBus[],
): Promise<ShownBus[]> {
  const policies = await showPrincipals(
    rows,
    principals,
    buses.map(({ policy }) => policy ?? ""),
  );
  return buses.map((bus, i) => ({
    Name: bus.name,
    Arn: busArn(bus),
    Description: bus.description,
    Policy: bus.policy && policies[i],
    CreationTime: bus.createdAt === undefined ? undefined : new Date(bus.createdAt),
    LastModifiedTime: bus.modifiedAt === undefined ? undefined : new Date(bus.modifiedAt),
  }));
}

/** Asks for an action on the bus that the input names. */
export function onBus(
  action: string,
  context?: (input: never) => Authorisation["context"],
): (
  input: { readonly Name?: string | undefined; readonly EventBusName?: string | undefined },
  ctx: CallContext,
) => readonly Authorisation[] {
  return (input, ctx) => [
    {
      action,
      resource: busArn(busOf(input.Name ?? input.EventBusName, ctx)),
      ...(context !== undefined && { context: context(input as never) }),
    },
  ];
}

/** Asks for an action that knows no resource (Service Authorization Reference). */
export function onEvents(action: string): () => readonly Authorisation[] {
  return () => [{ action, resource: "*" }];
}
