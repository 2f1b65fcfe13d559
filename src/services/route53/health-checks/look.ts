import type * as route53 from "@aws-sdk/client-route-53";
import type { CallContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Region } from "../../../kernel/brand.ts";
import type { Job, Rows } from "../../../store/types.ts";
import type { Route53Ports } from "../ports.ts";
import { route53Principal } from "../principal.ts";
import type { Route53Tables } from "../store.ts";
import { looksAtEndpoint } from "./config.ts";
import {
  calculated,
  findHealthCheck,
  type HealthCheck,
  healthCheckOf,
  healthOfAlarm,
  isHealthy,
  keepHealthCheck,
} from "./health-check.ts";
import { lookJob, nextLook } from "./look-job.ts";
import { afterLook } from "./standing.ts";

/** What a look at an endpoint found. */
export interface Finding {
  readonly healthy: boolean;
  readonly text: string;
}

const internal = {
  service: "route53",
  onlyFor: route53Principal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
} as const;

/** The endpoint that a job is to look at; nothing where there is none to call. */
export const inspectHealthCheck: InternalOperation<
  { readonly id: string },
  undefined,
  route53.HealthCheckConfig | undefined
> = {
  ...internal,
  name: "InspectHealthCheck",
  async read({ rows }, { id }) {
    const check = await findHealthCheck(rows, id);
    if (check === undefined || check.config.Disabled === true || !looksAtEndpoint(check.config))
      return undefined;
    return check.config;
  },
};

/** Writes what a look found, ends the job, and arranges the next. */
export const settleHealthCheck = (
  ports: Route53Ports,
): InternalOperation<{ readonly job: Job; readonly finding?: Finding | undefined }, undefined, boolean> => ({
  ...internal,
  name: "SettleHealthCheck",
  async commit(tx, ctx, { job, finding }) {
    if (!(await ports.jobs.finish(tx, job))) return false;
    const { id } = job.payload as { readonly id: string };
    const check = await findHealthCheck(tx, id);
    if (check === undefined) return true;
    const standing =
      check.config.Disabled === true ? check.standing : await standingAfter(tx, ctx, ports, check, finding);
    await keepHealthCheck(tx, { ...check, standing }, check);
    await tx.enqueue(lookJob(check, nextLook(check, ctx.now)));
    if (isHealthy({ ...check, standing }) !== isHealthy(check)) await wakeParents(tx, check, ctx.now);
    return true;
  },
});

async function standingAfter(
  rows: Rows,
  { now }: CallContext,
  ports: Route53Ports,
  check: HealthCheck,
  finding: Finding | undefined,
): Promise<HealthCheck["standing"]> {
  const { config, standing } = check;
  if (finding !== undefined) {
    return afterLook(standing, { at: now, ...finding }, config.FailureThreshold ?? 3);
  }
  if (config.Type === "CALCULATED") {
    const children = await childrenOf(rows, check);
    const healthy = calculated(config, children);
    const count = children.filter(isHealthy).length;
    return afterLook(
      standing,
      { at: now, healthy, text: `${count} of ${children.length} health checks are healthy` },
      1,
    );
  }
  const { Region, Name = "" } = config.AlarmIdentifier ?? {};
  if (Region === undefined) return standing;
  const alarm = await ports.alarm(rows, check.account, Region as Region, Name);
  const healthy = healthOfAlarm(config, alarm, standing.healthy);
  return afterLook(
    standing,
    { at: now, healthy, text: `The alarm ${Name} is in the state ${alarm?.state ?? "unknown"}` },
    1,
  );
}

async function childrenOf(rows: Rows, { account, config }: HealthCheck): Promise<readonly HealthCheck[]> {
  const ids = config.ChildHealthChecks ?? [];
  if (ids.length === 0) return [];
  const found = await rows
    .tables<Route53Tables>()
    .selectFrom("route53_health_check")
    .selectAll()
    .where("account", "=", account)
    .where("id", "in", ids)
    .execute();
  return found.map(healthCheckOf);
}

/** Checks that are made of this one are looked at now. */
async function wakeParents(
  tx: Parameters<typeof keepHealthCheck>[0],
  check: HealthCheck,
  now: number,
): Promise<void> {
  const found = await tx
    .tables<Route53Tables>()
    .selectFrom("route53_health_check")
    .selectAll()
    .where("account", "=", check.account)
    .execute();
  for (const parent of found.map(healthCheckOf)) {
    if (parent.config.ChildHealthChecks?.includes(check.id) === true) await tx.enqueue(lookJob(parent, now));
  }
}
