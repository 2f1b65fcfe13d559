import type { ResourceFacts } from "../../dispatch/service.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import type { Documents } from "./documents.ts";
import { absent, checkId, isKind, type Kind } from "./kinds.ts";
import { trafficChanged } from "./security-groups/traffic-job.ts";
import type { Ec2Tables, ResourceRow } from "./store.ts";

/** Where resources are: one region of one account. */
export interface Place {
  readonly account: AccountId;
  readonly region: Region;
}

/** A resource of one kind. */
export interface Resource<K extends Kind> {
  readonly kind: K;
  readonly id: string;
  readonly account: AccountId;
  readonly region: Region;
  /** The VPC that it belongs to. */
  readonly vpc?: string;
  /** What it is inside of besides: an interface's subnet, a rule's group. */
  readonly parent?: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  readonly document: Documents[K];
}

/** Which resources of a kind are asked for. */
export interface Wanted {
  readonly ids?: readonly string[];
  readonly vpc?: string;
  readonly parent?: string;
}

/** The resources of a kind, by id. Those of `ids` that are not there are left out. */
export async function listResources<K extends Kind>(
  rows: Rows,
  place: Place,
  kind: K,
  wanted: Wanted = {},
): Promise<Resource<K>[]> {
  if (wanted.ids?.length === 0) return [];
  let query = rows
    .tables<Ec2Tables>()
    .selectFrom("ec2_resource")
    .selectAll()
    .where("account", "=", place.account)
    .where("region", "=", place.region)
    .where("kind", "=", kind);
  if (wanted.ids !== undefined) query = query.where("id", "in", wanted.ids);
  if (wanted.vpc !== undefined) query = query.where("vpc", "=", wanted.vpc);
  if (wanted.parent !== undefined) query = query.where("parent", "=", wanted.parent);
  return (await query.orderBy("id").execute()).map((row) => resourceOf<K>(row));
}

export async function findResource<K extends Kind>(
  rows: Rows,
  place: Place,
  kind: K,
  id: string,
): Promise<Resource<K> | undefined> {
  const [found] = await listResources(rows, place, kind, { ids: [id] });
  return found;
}

/** Throws the kind's `…NotFound` or `…Malformed`. */
export async function needResource<K extends Kind>(
  rows: Rows,
  place: Place,
  kind: K,
  id: string,
): Promise<Resource<K>> {
  const found = await findResource(rows, place, kind, id);
  if (found !== undefined) return found;
  checkId(kind, id);
  throw absent(kind, id);
}

/** What an earlier request with the same idempotency token made. */
export async function findByToken<K extends Kind>(
  rows: Rows,
  place: Place,
  kind: K,
  token: string | undefined,
): Promise<Resource<K> | undefined> {
  if (token === undefined) return undefined;
  const row = await rows
    .tables<Ec2Tables>()
    .selectFrom("ec2_resource")
    .selectAll()
    .where("account", "=", place.account)
    .where("region", "=", place.region)
    .where("kind", "=", kind)
    .where("token", "=", token)
    .executeTakeFirst();
  return row === undefined ? undefined : resourceOf<K>(row);
}

export async function insertResource<K extends Kind>(
  tx: Tx,
  resource: Resource<K>,
  token?: string,
): Promise<Resource<K>> {
  await tx
    .tables<Ec2Tables>()
    .insertInto("ec2_resource")
    .values({
      account: resource.account,
      region: resource.region,
      kind: resource.kind,
      id: resource.id,
      created_at: resource.createdAt,
      token: token ?? null,
      ...changing(resource),
    })
    .execute();
  await trafficChanged(tx, resource);
  return resource;
}

/** Writes what changed of a resource: its document, its tags, where it belongs. */
export async function saveResource<K extends Kind>(tx: Tx, resource: Resource<K>): Promise<Resource<K>> {
  await tx
    .tables<Ec2Tables>()
    .updateTable("ec2_resource")
    .set(changing(resource))
    .where("account", "=", resource.account)
    .where("region", "=", resource.region)
    .where("kind", "=", resource.kind)
    .where("id", "=", resource.id)
    .execute();
  await trafficChanged(tx, resource);
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

export async function removeResource(tx: Tx, resource: Resource<Kind>): Promise<void> {
  const { account, region, kind, id } = resource;
  await tx
    .tables<Ec2Tables>()
    .deleteFrom("ec2_resource")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("kind", "=", kind)
    .where("id", "=", id)
    .execute();
  await trafficChanged(tx, resource);
}

/** Every tagged resource of a region, for DescribeTags. */
export async function listTagged(rows: Rows, place: Place): Promise<Resource<Kind>[]> {
  const found = await rows
    .tables<Ec2Tables>()
    .selectFrom("ec2_resource")
    .selectAll()
    .where("account", "=", place.account)
    .where("region", "=", place.region)
    .where("tags", "<>", "[]")
    .orderBy("id")
    .execute();
  return found.map((row) => resourceOf(row));
}

export function resourceArn(place: Place, type: string, id: string): Arn {
  return formatArn("ec2", place.region, place.account, `${type}/${id}`);
}

/** What policies need to know of a resource: its tags. */
export async function resourceFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const parts = parseArn(arn);
  const [kind = "", id = ""] = parts?.resource.split("/") ?? [];
  if (parts === undefined || !isKind(kind) || id === "*") return { policies: [] };
  const place = { account: parts.account as AccountId, region: parts.region as Region };
  const found = await findResource(rows, place, kind, id);
  return { policies: [], ...(found !== undefined && { tags: found.tags }) };
}

function changing<K extends Kind>(resource: Resource<K>) {
  return {
    vpc: resource.vpc ?? null,
    parent: resource.parent ?? null,
    tags: JSON.stringify(resource.tags),
    document: JSON.stringify(resource.document),
  };
}

function resourceOf<K extends Kind>(row: ResourceRow): Resource<K> {
  return {
    kind: row.kind as K,
    id: row.id,
    account: row.account as AccountId,
    region: row.region as Region,
    ...(row.vpc !== null && { vpc: row.vpc }),
    ...(row.parent !== null && { parent: row.parent }),
    createdAt: row.created_at,
    tags: JSON.parse(row.tags) as Tag[],
    document: JSON.parse(row.document) as Documents[K],
  };
}
