import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import type * as route53 from "@aws-sdk/client-route-53";
import type { CallContext, PrepareContext } from "../../../dispatch/context.ts";
import type { ReadOperation, WriteOperation } from "../../../dispatch/operation.ts";
import type { Region } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Rows } from "../../../store/types.ts";
import { locationOf, route53Arn } from "../arn.ts";
import { invalidInput } from "../faults.ts";
import { countOf, mostHealthChecks } from "../limits.ts";
import { namesChanged } from "../names-changed.ts";
import { markedPage } from "../page.ts";
import type { Route53Ports } from "../ports.ts";
import { cloudMapPrincipal, isCloudMap, route53Principal } from "../principal.ts";
import type { Route53Tables } from "../store.ts";
import { completeConfig } from "./config.ts";
import {
  type HealthCheck,
  healthCheckOf,
  keepHealthCheck,
  needHealthCheck,
  wireHealthCheck,
} from "./health-check.ts";
import { lookJob } from "./look-job.ts";
import { type Look, unchecked } from "./standing.ts";

const onCheck = (action: string, id: string | undefined) => [
  { action: `route53:${action}`, resource: route53Arn("healthcheck", id) },
];

/** Makes a health check. AWS: the same request again answers with the check that it made. */
export const createHealthCheck = (
  ports: Route53Ports,
): WriteOperation<
  typeof route53,
  "CreateHealthCheck",
  { readonly id: string; readonly config: route53.HealthCheckConfig }
> => ({
  name: "CreateHealthCheck",
  authorise: () => [{ action: "route53:CreateHealthCheck", resource: "*" }],
  async prepare(ctx, { HealthCheckConfig: given }) {
    const config = completeConfig(given ?? { Type: undefined });
    await seeAlarm(ctx, config);
    return { id: uuid(ctx.random), config };
  },
  async commit(tx, ctx, { CallerReference: callerReference = "" }, { id, config }) {
    const same = await tx
      .tables<Route53Tables>()
      .selectFrom("route53_health_check")
      .selectAll()
      .where("account", "=", ctx.account)
      .where("caller_reference", "=", callerReference)
      .executeTakeFirst();
    if (same !== undefined) return answer(again(healthCheckOf(same), config));
    if ((await countOf(tx, "route53_health_check", ctx.account)) >= mostHealthChecks) {
      throw new Fault(
        "TooManyHealthChecks",
        "This health check can't be created because the current account has reached the limit on the number of active health checks.",
      );
    }
    await checkChildren(tx, ctx, config);
    const alarm = await watchedBy(tx, ctx, ports, config);
    const check: HealthCheck = {
      id,
      account: ctx.account,
      callerReference,
      version: 1,
      config,
      tags: [],
      standing: unchecked,
      ...(alarm !== undefined && { alarm }),
      ...(isCloudMap(ctx) && {
        linkedService: { servicePrincipal: cloudMapPrincipal, description: "a Cloud Map instance" },
      }),
    };
    await keepHealthCheck(tx, check);
    await tx.enqueue(lookJob(check, ctx.now));
    return answer(check);
  },
});

function answer(check: HealthCheck): route53.CreateHealthCheckResponse {
  return { HealthCheck: wireHealthCheck(check), Location: locationOf(`healthcheck/${check.id}`) };
}

function again(check: HealthCheck, config: route53.HealthCheckConfig): HealthCheck {
  const sorted = (of: object): string => JSON.stringify(Object.entries(of).toSorted());
  if (sorted(check.config) === sorted(config)) return check;
  throw new Fault(
    "HealthCheckAlreadyExists",
    "A health check with the same caller reference has already been created with different settings.",
  );
}

/** AWS: whoever watches an alarm may see it. */
async function seeAlarm(
  ctx: PrepareContext,
  { AlarmIdentifier: alarm }: route53.HealthCheckConfig,
): Promise<void> {
  if (alarm?.Name === undefined || alarm.Region === undefined) return;
  const command = new DescribeAlarmsCommand({ AlarmNames: [alarm.Name], AlarmTypes: ["MetricAlarm"] });
  const region = alarm.Region as Region;
  const { MetricAlarms = [] } = await ctx.forward(route53Principal).send(command, { region });
  if (MetricAlarms.length === 0)
    throw invalidInput(`The CloudWatch alarm ${alarm.Name} does not exist in the region ${region}.`);
}

async function watchedBy(
  rows: Rows,
  { account }: CallContext,
  ports: Route53Ports,
  { AlarmIdentifier: alarm }: route53.HealthCheckConfig,
): Promise<route53.CloudWatchAlarmConfiguration | undefined> {
  if (alarm?.Name === undefined || alarm.Region === undefined) return undefined;
  return (await ports.alarm(rows, account, alarm.Region as Region, alarm.Name))?.configuration;
}

async function checkChildren(rows: Rows, ctx: CallContext, config: route53.HealthCheckConfig): Promise<void> {
  for (const id of config.ChildHealthChecks ?? []) {
    const child = await needHealthCheck(rows, ctx, id);
    // AWS: "You can't use a calculated health check to monitor other calculated health checks" (HealthCheckConfig).
    if (child.config.Type === "CALCULATED")
      throw invalidInput(`The health check ${id} is a calculated one: it can not be a child.`);
  }
}

/** Changes what a health check looks at and when it changes its mind. */
export const updateHealthCheck = (
  ports: Route53Ports,
): WriteOperation<typeof route53, "UpdateHealthCheck"> => ({
  name: "UpdateHealthCheck",
  authorise: ({ HealthCheckId }) => onCheck("UpdateHealthCheck", HealthCheckId),
  async prepare(ctx, { AlarmIdentifier }) {
    await seeAlarm(ctx, { Type: "CLOUDWATCH_METRIC", AlarmIdentifier });
    return undefined;
  },
  async commit(tx, ctx, input) {
    const { HealthCheckId, HealthCheckVersion, ResetElements = [], ...given } = input;
    const before = await needEditable(tx, ctx, HealthCheckId);
    if (HealthCheckVersion !== undefined && HealthCheckVersion !== before.version) {
      throw new Fault(
        "HealthCheckVersionMismatch",
        `The value of HealthCheckVersion in the request (${HealthCheckVersion}) doesn't match the value of HealthCheckVersion in the health check (${before.version}).`,
      );
    }
    const kept: route53.HealthCheckConfig = { ...before.config };
    for (const element of ResetElements)
      delete kept[element as "ChildHealthChecks" | "FullyQualifiedDomainName" | "Regions" | "ResourcePath"];
    const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const config = completeConfig({ ...kept, ...changes });
    await checkChildren(tx, ctx, config);
    const alarm = await watchedBy(tx, ctx, ports, config);
    const check = { ...before, config, version: before.version + 1, ...(alarm !== undefined && { alarm }) };
    await keepHealthCheck(tx, check, before);
    await tx.enqueue(lookJob(check, ctx.now));
    return { HealthCheck: wireHealthCheck(check) };
  },
});

async function needEditable(rows: Rows, ctx: CallContext, id: string | undefined): Promise<HealthCheck> {
  const check = await needHealthCheck(rows, ctx, id);
  if (check.linkedService === undefined || isCloudMap(ctx)) return check;
  throw new Fault(
    "AccessDenied",
    `The resource healthcheck/${check.id} can only be managed through AWS Cloud Map (${check.linkedService.description})`,
    { status: 403 },
  );
}

/** AWS: also a check that records name; they answer then as if it were healthy. */
export const deleteHealthCheck: WriteOperation<typeof route53, "DeleteHealthCheck"> = {
  name: "DeleteHealthCheck",
  authorise: ({ HealthCheckId }) => onCheck("DeleteHealthCheck", HealthCheckId),
  async commit(tx, ctx, { HealthCheckId }) {
    const { id } = await needEditable(tx, ctx, HealthCheckId);
    await tx.tables<Route53Tables>().deleteFrom("route53_health_check").where("id", "=", id).execute();
    await namesChanged(tx, ctx.account);
    return {};
  },
};

export const getHealthCheck: ReadOperation<typeof route53, "GetHealthCheck"> = {
  name: "GetHealthCheck",
  authorise: ({ HealthCheckId }) => onCheck("GetHealthCheck", HealthCheckId),
  read: async (ctx, { HealthCheckId }) => ({
    HealthCheck: wireHealthCheck(await needHealthCheck(ctx.rows, ctx, HealthCheckId)),
  }),
};

export const getHealthCheckCount: ReadOperation<typeof route53, "GetHealthCheckCount"> = {
  name: "GetHealthCheckCount",
  authorise: () => [{ action: "route53:GetHealthCheckCount", resource: "*" }],
  read: async ({ rows, account }) => ({
    HealthCheckCount: await countOf(rows, "route53_health_check", account),
  }),
};

export const listHealthChecks: ReadOperation<typeof route53, "ListHealthChecks"> = {
  name: "ListHealthChecks",
  authorise: () => [{ action: "route53:ListHealthChecks", resource: "*" }],
  async read({ rows, account }, { Marker, MaxItems }) {
    const page = markedPage(Marker, MaxItems);
    const found = await rows
      .tables<Route53Tables>()
      .selectFrom("route53_health_check")
      .selectAll()
      .where("account", "=", account)
      .where("id", ">=", page.from)
      .orderBy("id")
      .limit(page.limit + 1)
      .execute();
    const { items, ...rest } = page.cut(found.map(healthCheckOf), ({ id }) => id);
    return { HealthChecks: items.map(wireHealthCheck), ...rest };
  },
};

/** Looks come from this Roadstead alone: one checker, shown as one of AWS's region us-east-1. */
export const getHealthCheckStatus: ReadOperation<typeof route53, "GetHealthCheckStatus"> = {
  name: "GetHealthCheckStatus",
  authorise: ({ HealthCheckId }) => onCheck("GetHealthCheckStatus", HealthCheckId),
  async read(ctx, { HealthCheckId }) {
    const { standing } = await needWithStatus(ctx.rows, ctx, HealthCheckId);
    return { HealthCheckObservations: observations(standing.last) };
  },
};

export const getHealthCheckLastFailureReason: ReadOperation<
  typeof route53,
  "GetHealthCheckLastFailureReason"
> = {
  name: "GetHealthCheckLastFailureReason",
  authorise: ({ HealthCheckId }) => onCheck("GetHealthCheckLastFailureReason", HealthCheckId),
  async read(ctx, { HealthCheckId }) {
    const { standing } = await needWithStatus(ctx.rows, ctx, HealthCheckId);
    return { HealthCheckObservations: observations(standing.lastFailure) };
  },
};

/** AWS: only checks of endpoints have a status (API Reference, "GetHealthCheckStatus"). */
async function needWithStatus(rows: Rows, ctx: CallContext, id: string | undefined): Promise<HealthCheck> {
  const check = await needHealthCheck(rows, ctx, id);
  if (check.config.Type !== "CALCULATED") return check;
  throw invalidInput("This operation is not supported for calculated health checks.");
}

function observations(look: Look | undefined): route53.HealthCheckObservation[] {
  if (look === undefined) return [];
  return [
    {
      Region: "us-east-1",
      IPAddress: "127.0.0.1",
      StatusReport: { Status: look.text, CheckedTime: new Date(look.at) },
    },
  ];
}
