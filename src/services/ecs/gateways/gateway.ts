import type {
  AccessType,
  GatewayAlbTestTrafficRules,
  GatewayElbAccessLogConfiguration,
  GatewayResourceFailure,
  GatewayStatus,
  PropagateGatewayTags,
} from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Job, Rows, Tx } from "../../../store/types.ts";
import { gatewayArn, parseEcsArn, type Scope } from "../arn.ts";
import type { GatewayRow, GatewayTables } from "./gateway-store.ts";

/** What the load balancers of a gateway are like: AWS's `hostSharedAlb`, with defaults. */
export interface GatewaySettings {
  readonly scheme: "internet-facing" | "internal";
  readonly ipAddressType: "ipv4" | "dualstack";
  readonly subnets: readonly string[];
  /** A group of the customer's own, which then alone says who may call. */
  readonly inboundSecurityGroup?: string;
  readonly accessLogs?: GatewayElbAccessLogConfiguration;
  readonly maxAlbCount: number;
  readonly httpDesync: "monitor" | "defensive" | "strictest";
  readonly testTrafficRules?: GatewayAlbTestTrafficRules;
}

/** A load balancer of a gateway, as far as it has been made. */
export interface GatewayBalancer {
  /** Eight hexadecimal digits in the names of what is made. */
  readonly hash: string;
  readonly securityGroup?: string;
  /** The rules of that group, by id. */
  readonly inboundRules?: readonly string[];
  readonly loadBalancerArn?: string;
  readonly dnsName?: string;
  /** Its attributes are set. */
  readonly set?: true;
  readonly listenerArn?: string;
}

/** What a gateway has been told, and what ECS has made for it. */
export interface GatewayDocument {
  readonly infrastructureRoleArn: Arn;
  readonly deletionProtection: boolean;
  readonly propagateTags: PropagateGatewayTags;
  readonly settings: GatewaySettings;
  /** Where it is, as its subnets say. */
  readonly vpcId: string;
  readonly vpcCidr: string;
  readonly zones: readonly string[];
  /** Oldest first. */
  readonly balancers: readonly GatewayBalancer[];
  /** What it was made with, so that an equal call with its token is known: SHA-256, base64url. */
  readonly creation: string;
  readonly clientToken?: string;
  readonly statusReason?: string;
  /** What the last update could not change. */
  readonly failures?: readonly GatewayResourceFailure[];
  /** Epoch ms. */
  readonly updatedAt: number;
}

export interface GatewayKey extends Scope {
  readonly gateway: string;
}

/** A gateway. */
export interface Gateway {
  readonly key: GatewayKey;
  readonly id: string;
  readonly arn: Arn;
  readonly status: GatewayStatus;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly document: GatewayDocument;
}

/** AWS: the access type follows from the scheme. */
export const accessTypeOf = ({ document }: Gateway): AccessType =>
  document.settings.scheme === "internal" ? "PRIVATE" : "PUBLIC";

/** The queue of gateways for which something is to be made, changed or removed. */
export const gatewayQueue = "ecs.gateway";

/** Wakes the loop for a gateway. @param notBefore epoch ms; now when left out. */
export async function enqueueGateway(tx: Tx, key: GatewayKey, notBefore?: number): Promise<void> {
  const { account, region, gateway } = key;
  const jobKey = `${account} ${region} ${gateway}`;
  await tx.enqueue({ queue: gatewayQueue, key: jobKey, account, region, payload: { gateway }, notBefore });
}

/** The gateway that a job is about. */
export function gatewayOfJob(job: Job): GatewayKey {
  const { gateway } = job.payload as { readonly gateway: string };
  return { account: job.account, region: job.region, gateway } as GatewayKey;
}

export function gatewayFrom(row: GatewayRow): Gateway {
  const key = { account: row.account, region: row.region, gateway: row.name } as GatewayKey;
  return {
    key,
    id: row.id,
    arn: gatewayArn(key, row.name, row.id),
    status: row.status,
    createdAt: row.created_at,
    document: JSON.parse(row.document) as GatewayDocument,
  };
}

export async function findGateway(rows: Rows, key: GatewayKey): Promise<Gateway | undefined> {
  const row = await rows
    .tables<GatewayTables>()
    .selectFrom("ecs_gateway")
    .selectAll()
    .where((is) => is.and({ account: key.account, region: key.region, name: key.gateway }))
    .executeTakeFirst();
  return row && gatewayFrom(row);
}

/** Ours: AWS says it in the API Reference's words for the exception. */
const gatewayNotFound = (): Fault => new Fault("GatewayNotFoundException", "Gateway not found.");

/**
 * The gateway that a call names by name or ARN: one of the caller's account and region.
 * Throws `GatewayNotFoundException`; an ARN with another id than the gateway's is of one that is gone.
 */
export async function needGateway(rows: Rows, named: string, ctx: CallContext): Promise<Gateway> {
  const { key, id } = nameOf(named, ctx);
  const found = await findGateway(rows, key);
  if (found === undefined || (id !== undefined && id !== found.id)) throw gatewayNotFound();
  if (key.account !== ctx.account || key.region !== ctx.region) throw gatewayNotFound();
  return found;
}

/** The ARN of what a call names, for its permission; with `*` in the place of an id that nobody knows. */
export async function arnOfNamed(rows: Rows, named: string, ctx: CallContext): Promise<Arn> {
  const { key, id } = nameOf(named, ctx);
  return gatewayArn(key, key.gateway, id ?? (await findGateway(rows, key))?.id ?? "*");
}

function nameOf(named: string, ctx: CallContext): { readonly key: GatewayKey; readonly id?: string } {
  const parsed = parseEcsArn(named);
  if (parsed?.type !== "gateway") {
    return { key: { account: ctx.account, region: ctx.region, gateway: named } };
  }
  const [gateway = "", id = ""] = parsed.path;
  return { key: { account: parsed.account, region: parsed.region, gateway }, id };
}

/** Writes a gateway, new or changed, and wakes the loop for it. */
export async function putGateway(tx: Tx, { key, id, status, createdAt, document }: Gateway): Promise<void> {
  const row: GatewayRow = {
    ...{ account: key.account, region: key.region, name: key.gateway, id, status },
    created_at: createdAt,
    document: JSON.stringify(document),
  };
  await tx
    .tables<GatewayTables>()
    .insertInto("ecs_gateway")
    .values(row)
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(row))
    .execute();
  await enqueueGateway(tx, key);
}

/** Forgets a gateway. */
export async function removeGateway(tx: Tx, { account, region, gateway }: GatewayKey): Promise<void> {
  await tx
    .tables<GatewayTables>()
    .deleteFrom("ecs_gateway")
    .where((is) => is.and({ account, region, name: gateway }))
    .execute();
}
