import type * as route53 from "@aws-sdk/client-route-53";
import type { AccountId } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { namesChanged } from "../names-changed.ts";
import type { AlarmView } from "../ports.ts";
import type { Route53Tables } from "../store.ts";
import type { HealthCheckRow } from "./health-check-store.ts";
import type { Standing } from "./standing.ts";

interface HealthCheckDocument {
  readonly config: route53.HealthCheckConfig;
  readonly tags: readonly Tag[];
  /** The metric of the alarm that it watches, as it was when the check was made. */
  readonly alarm?: route53.CloudWatchAlarmConfiguration;
  /** The service that made it and alone may change it. */
  readonly linkedService?: { readonly servicePrincipal: string; readonly description: string };
}

/** A health check. */
export interface HealthCheck extends HealthCheckDocument {
  readonly id: string;
  readonly account: AccountId;
  readonly callerReference: string;
  readonly version: number;
  readonly standing: Standing;
}

export function healthCheckOf(row: HealthCheckRow): HealthCheck {
  return {
    ...(JSON.parse(row.document) as HealthCheckDocument),
    id: row.id,
    account: row.account as AccountId,
    callerReference: row.caller_reference,
    version: row.version,
    standing: JSON.parse(row.standing) as Standing,
  };
}

/** A health check that is not there, or not the caller's. The words are ours. */
export function noSuchHealthCheck(id: string): Fault {
  return new Fault("NoSuchHealthCheck", `A health check with id ${id} does not exist.`);
}

export async function findHealthCheck(rows: Rows, id: string): Promise<HealthCheck | undefined> {
  const row = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_health_check")
    .selectAll()
    .where("id", "=", id)
    .executeTakeFirst();
  return row === undefined ? undefined : healthCheckOf(row);
}

/** The account's health check. Throws `NoSuchHealthCheck`. */
export async function needHealthCheck(
  rows: Rows,
  { account }: { readonly account: AccountId },
  id: string | undefined,
): Promise<HealthCheck> {
  const check = await findHealthCheck(rows, id ?? "");
  if (check?.account !== account) throw noSuchHealthCheck(id ?? "");
  return check;
}

/** Writes a health check, and has DNS look anew where it answers by another health than before. */
export async function keepHealthCheck(tx: Tx, check: HealthCheck, before?: HealthCheck): Promise<void> {
  const { config, tags, alarm, linkedService } = check;
  const changing = {
    version: check.version,
    status: isHealthy(check) ? "healthy" : "unhealthy",
    document: JSON.stringify({ config, tags, alarm, linkedService }),
    standing: JSON.stringify(check.standing),
  };
  await tx
    .tables<Route53Tables>()
    .insertInto("route53_health_check")
    .values({ id: check.id, account: check.account, caller_reference: check.callerReference, ...changing })
    .onConflict((conflict) => conflict.column("id").doUpdateSet(changing))
    .execute();
  if (before === undefined || isHealthy(before) !== isHealthy(check)) await namesChanged(tx, check.account);
}

/** What names answer by. AWS: a disabled check counts as healthy, and an inverted one as the opposite. */
export function isHealthy({ config, standing }: HealthCheck): boolean {
  const found = config.Disabled === true || standing.healthy;
  return config.Inverted === true ? !found : found;
}

/** Whether enough of a calculated check's children are healthy. Children that are gone do not count. */
export function calculated(config: route53.HealthCheckConfig, children: readonly HealthCheck[]): boolean {
  return children.filter(isHealthy).length >= (config.HealthThreshold ?? 1);
}

/** What an alarm's state says; a state without data says what the check was told to make of it. */
export function healthOfAlarm(
  { InsufficientDataHealthStatus: otherwise = "LastKnownStatus" }: route53.HealthCheckConfig,
  alarm: AlarmView | undefined,
  before: boolean,
): boolean {
  if (alarm !== undefined && alarm.state !== "INSUFFICIENT_DATA") return alarm.state === "OK";
  return otherwise === "LastKnownStatus" ? before : otherwise === "Healthy";
}

/** A health check as answers show it. */
export function wireHealthCheck(check: HealthCheck): route53.HealthCheck {
  const { linkedService, alarm } = check;
  return {
    Id: check.id,
    CallerReference: check.callerReference,
    ...(linkedService !== undefined && {
      LinkedService: {
        ServicePrincipal: linkedService.servicePrincipal,
        Description: linkedService.description,
      },
    }),
    HealthCheckConfig: check.config,
    HealthCheckVersion: check.version,
    ...(alarm !== undefined && { CloudWatchAlarmConfiguration: alarm }),
  };
}
