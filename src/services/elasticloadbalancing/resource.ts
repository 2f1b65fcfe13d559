import { parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import type { Documents, Kind } from "./documents.ts";
import { invalidArn, notFound } from "./faults.ts";
import type { Place } from "./scope.ts";
import type { ElbTables, ResourceRow } from "./store.ts";

/** A resource of one kind. */
export interface Resource<K extends Kind> extends Place {
  readonly kind: K;
  readonly arn: Arn;
  /** ARN of what it is part of: a listener's load balancer, a rule's listener; empty otherwise. */
  readonly parent: string;
  /** Name of a load balancer or target group; empty otherwise. */
  readonly name: string;
  /** Port of a listener, priority of a rule; 0 otherwise. */
  readonly position: number;
  /** Of a load balancer: grows with every change of what its traffic depends on. */
  readonly version: number;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  readonly document: Documents[K];
}

export type LoadBalancer = Resource<"load-balancer">;
export type Listener = Resource<"listener">;
export type Rule = Resource<"rule">;
export type TargetGroup = Resource<"target-group">;

/** Which resources of a kind are asked for. */
export interface Wanted {
  /** Without a region: those of every region. */
  readonly place?: Pick<Place, "account"> & Partial<Pick<Place, "region">>;
  readonly arns?: readonly string[];
  readonly parents?: readonly string[];
  readonly name?: string;
}

/** The resources of a kind, by what they are part of and their position in it. */
export async function listResources<K extends Kind>(
  rows: Rows,
  kind: K,
  { place, arns, parents, name }: Wanted,
): Promise<Resource<K>[]> {
  if (arns?.length === 0 || parents?.length === 0) return [];
  let query = rows
    .tables<ElbTables>()
    .selectFrom("elasticloadbalancing_resource")
    .selectAll()
    .where("kind", "=", kind);
  if (place !== undefined) {
    query = query.where("account", "=", place.account);
    if (place.region !== undefined) query = query.where("region", "=", place.region);
  }
  if (arns !== undefined) query = query.where("arn", "in", arns);
  if (parents !== undefined) query = query.where("parent", "in", parents);
  if (name !== undefined) query = query.where("name", "=", name);
  const found = await query.orderBy("parent").orderBy("position").orderBy("name").execute();
  return found.map((row) => resourceOf<K>(row));
}

/** The resource of a kind with an ARN, wherever it is. */
export async function findResource<K extends Kind>(
  rows: Rows,
  kind: K,
  arn: string,
): Promise<Resource<K> | undefined> {
  const [found] = await listResources(rows, kind, { arns: [arn] });
  return found;
}

/** How the resource part of ARNs of a kind begins (Service Authorization Reference, "Resource types"). */
const forms: Readonly<Record<Kind, RegExp>> = {
  "load-balancer": /^loadbalancer\/(app|net|gwy)\/[^/]+\/[^/]+$/,
  listener: /^listener\/(app|net|gwy)\/[^/]+\/[^/]+\/[^/]+$/,
  rule: /^listener-rule\/(app|net|gwy)\/[^/]+\/[^/]+\/[^/]+\/[^/]+$/,
  "target-group": /^targetgroup\/[^/]+\/[^/]+$/,
};

/** Whether a text has the form of an ARN of a kind. */
export function isArnOf(kind: Kind, text: string): boolean {
  const arn = parseArn(text);
  return arn?.service === "elasticloadbalancing" && forms[kind].test(arn.resource);
}

/**
 * The caller's resource with an ARN.
 * @throws Fault `ValidationError` for what is no ARN of the kind; the kind's `…NotFound`, also for what is another's.
 */
export async function needResource<K extends Kind>(
  rows: Rows,
  { account, region }: Place,
  kind: K,
  arn: string | undefined,
): Promise<Resource<K>> {
  if (arn === undefined || !isArnOf(kind, arn)) throw invalidArn(kind, arn ?? "");
  const found = await findResource(rows, kind, arn);
  if (found === undefined || found.account !== account || found.region !== region) throw notFound(kind, arn);
  return found;
}

export async function insertResource<K extends Kind>(tx: Tx, resource: Resource<K>): Promise<Resource<K>> {
  const { arn, account, region, kind, parent, version, createdAt } = resource;
  await tx
    .tables<ElbTables>()
    .insertInto("elasticloadbalancing_resource")
    .values({ arn, account, region, kind, parent, version, created_at: createdAt, ...changing(resource) })
    .execute();
  return resource;
}

/** Writes what changed of a resource: its document, its tags, its position. */
export async function saveResource<K extends Kind>(tx: Tx, resource: Resource<K>): Promise<Resource<K>> {
  await tx
    .tables<ElbTables>()
    .updateTable("elasticloadbalancing_resource")
    .set(changing(resource))
    .where("arn", "=", resource.arn)
    .execute();
  return resource;
}

/** The resource with some of its document changed, written. */
export function amend<K extends Kind>(
  tx: Tx,
  resource: Resource<K>,
  change: Partial<Documents[K]>,
): Promise<Resource<K>> {
  return saveResource(tx, { ...resource, document: { ...resource.document, ...change } });
}

/** Removes resources and what is part of them. */
export async function removeResources(tx: Tx, arns: readonly string[]): Promise<void> {
  if (arns.length === 0) return;
  const resources = tx.tables<ElbTables>();
  const parts = await resources
    .selectFrom("elasticloadbalancing_resource")
    .select("arn")
    .where("parent", "in", arns)
    .execute();
  await removeResources(
    tx,
    parts.map(({ arn }) => arn),
  );
  await resources.deleteFrom("elasticloadbalancing_resource").where("arn", "in", arns).execute();
}

function changing<K extends Kind>({ name, position, tags, document }: Resource<K>) {
  return { name, position, tags: JSON.stringify(tags), document: JSON.stringify(document) };
}

function resourceOf<K extends Kind>(row: ResourceRow): Resource<K> {
  return {
    kind: row.kind as K,
    arn: row.arn as Arn,
    account: row.account as AccountId,
    region: row.region as Region,
    parent: row.parent,
    name: row.name,
    position: row.position,
    version: row.version,
    createdAt: row.created_at,
    tags: JSON.parse(row.tags) as Tag[],
    document: JSON.parse(row.document) as Documents[K],
  };
}
