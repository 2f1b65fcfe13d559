import type * as logs from "@aws-sdk/client-cloudwatch-logs";
import type {
  AnyOperation,
  Authorisation,
  ReadOperation,
  WriteOperation,
} from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { type LogsScope, logGroupArn, logGroupOf, onLogGroup, parseLogGroupArn } from "../arn.ts";
import { invalidParameter, limitExceeded, notServed } from "../faults.ts";
import { filterPattern } from "../filter/pattern.ts";
import { findLogGroup, logGroupOfRow, needLogGroup } from "../groups.ts";
import { pageOf, pageStart } from "../paging.ts";
import type { LogsTables } from "../store.ts";
import { type Filter, filtersOf, putFilter, removeFilters } from "./filter-store.ts";

type Logs = typeof logs;

/** CloudWatch Logs quotas: filters of one group. */
const mostMetricFilters = 100;
const mostSubscriptions = 2;
const usualPage = 50;

function filterNotFound(): Fault {
  return new Fault("ResourceNotFoundException", "The specified filter does not exist.");
}

function refuseTransformed(input: {
  readonly applyOnTransformedLogs?: boolean | undefined;
  readonly fieldSelectionCriteria?: string | undefined;
}): void {
  if (input.applyOnTransformedLogs === true) throw notServed("A filter of transformed events");
  if (input.fieldSelectionCriteria !== undefined) throw notServed("fieldSelectionCriteria");
}

/** Keeps a metric filter and counts what meets it. */
const putMetricFilter: WriteOperation<Logs, "PutMetricFilter"> = {
  name: "PutMetricFilter",
  authorise: onLogGroup("logs:PutMetricFilter"),
  async commit(tx, ctx, input) {
    refuseTransformed(input);
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    filterPattern(input.filterPattern);
    const filters = await filtersOf(tx, group.id, "metric");
    const before = filters.find(({ name }) => name === input.filterName);
    if (before === undefined && filters.length >= mostMetricFilters)
      throw limitExceeded("Resource limit exceeded.");
    await putFilter(tx, "metric", {
      groupId: group.id,
      name: input.filterName,
      createdAt: before?.createdAt ?? ctx.now,
      document: { pattern: input.filterPattern, transformations: input.metricTransformations },
    });
    return {};
  },
};

const deleteMetricFilter: WriteOperation<Logs, "DeleteMetricFilter"> = {
  name: "DeleteMetricFilter",
  authorise: onLogGroup("logs:DeleteMetricFilter"),
  async commit(tx, ctx, input) {
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    if (!(await removeFilters(tx, group.id, { kind: "metric", name: input.filterName })))
      throw filterNotFound();
    return {};
  },
};

/** The filters of a group, or of all groups of the region, with the group's name. */
async function metricFilters(
  rows: Rows,
  place: LogsScope,
  groupName: string | undefined,
): Promise<readonly (Filter<"metric"> & { readonly group: string })[]> {
  const groups =
    groupName === undefined
      ? await allGroups(rows, place)
      : [await needLogGroup(rows, { ...place, name: groupName })];
  const found = await Promise.all(
    groups.map(async ({ id, name: group }) =>
      (await filtersOf(rows, id, "metric")).map((filter) => ({ ...filter, group })),
    ),
  );
  return found.flat();
}

async function allGroups(rows: Rows, { account, region }: LogsScope) {
  const found = await rows
    .tables<LogsTables>()
    .selectFrom("logs_group")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .orderBy("name")
    .execute();
  return found.map(logGroupOfRow);
}

const describeMetricFilters: ReadOperation<Logs, "DescribeMetricFilters"> = {
  name: "DescribeMetricFilters",
  authorise: onLogGroup("logs:DescribeMetricFilters"),
  async read(ctx, input) {
    const { logGroupName, filterNamePrefix = "", metricName, metricNamespace, limit = usualPage } = input;
    if ((metricName === undefined) !== (metricNamespace === undefined)) {
      throw invalidParameter("metricName and metricNamespace must be specified together.");
    }
    const [afterGroup = "", afterName = ""] = pageStart(input.nextToken);
    const { account, region } = ctx;
    const all = await metricFilters(ctx.rows, { account, region }, logGroupName);
    const wanted = all
      .filter(({ name }) => name.startsWith(filterNamePrefix))
      .filter(
        ({ document }) =>
          metricName === undefined ||
          document.transformations.some(
            (one) => one.metricName === metricName && one.metricNamespace === metricNamespace,
          ),
      )
      .filter(({ group, name }) => group > afterGroup || (group === afterGroup && name > afterName));
    const { rows: page, nextToken } = pageOf(wanted.slice(0, limit + 1), limit, ({ group, name }) => [
      group,
      name,
    ]);
    return {
      metricFilters: page.map(({ group, name, createdAt, document }) => ({
        filterName: name,
        filterPattern: document.pattern,
        metricTransformations: [...document.transformations],
        creationTime: createdAt,
        logGroupName: group,
        applyOnTransformedLogs: false,
      })),
      ...(nextToken !== undefined && { nextToken }),
    };
  },
};

/**
 * Subscribes a log group to another, as a role that may write to it. What AWS delivers to besides, Kinesis, Firehose,
 * Lambda and destinations of other accounts, is not there and is refused.
 */
const putSubscriptionFilter: WriteOperation<Logs, "PutSubscriptionFilter"> = {
  name: "PutSubscriptionFilter",
  authorise: (input, ctx) => [
    ...onLogGroup("logs:PutSubscriptionFilter")(input, ctx),
    ...passRole(input.roleArn),
  ],
  async commit(tx, ctx, input) {
    refuseTransformed(input);
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    filterPattern(input.filterPattern);
    const { destinationArn, roleArn } = input;
    const destination = parseLogGroupArn(destinationArn);
    if (destination === undefined) {
      throw notServed(
        "A subscription of anything but a log group (Kinesis, Firehose, Lambda, a destination)",
      );
    }
    if (destination.account !== group.account || destination.region !== group.region) {
      throw notServed("A subscription of a log group of another account or region");
    }
    if (roleArn === undefined) {
      throw invalidParameter("destinationArn for this destination type requires a roleArn.");
    }
    const receiving = await findLogGroup(tx, destination);
    if (receiving === undefined) {
      throw invalidParameter(
        "Could not execute the PutSubscriptionFilter call: the destination does not exist.",
      );
    }
    await refuseLoops(tx, group, receiving);
    const filters = await filtersOf(tx, group.id, "subscription");
    const before = filters.find(({ name }) => name === input.filterName);
    if (before === undefined && filters.length >= mostSubscriptions)
      throw limitExceeded("Resource limit exceeded.");
    await putFilter(tx, "subscription", {
      groupId: group.id,
      name: input.filterName,
      createdAt: before?.createdAt ?? ctx.now,
      document: { pattern: input.filterPattern, destinationArn: logGroupArn(destination), roleArn },
    });
    return {};
  },
};

/** Ours: events go from one group to another and no further, so that none go round in circles. */
async function refuseLoops(
  rows: Rows,
  group: LogsScope & { readonly id: string; readonly name: string },
  receiving: { readonly id: string },
): Promise<void> {
  const own = logGroupArn({ account: group.account, region: group.region, name: group.name });
  const further = await filtersOf(rows, receiving.id, "subscription");
  const subscribed = await Promise.all(
    (await allGroups(rows, group)).map(({ id }) => filtersOf(rows, id, "subscription")),
  );
  const receives = subscribed.flat().some(({ document }) => document.destinationArn === own);
  if (receiving.id === group.id || further.length > 0 || receives) {
    throw invalidParameter(
      "A log group that receives events by a subscription cannot send them on by another.",
    );
  }
}

/** Whoever hands a role to CloudWatch Logs must be allowed to. */
function passRole(roleArn: string | undefined): readonly Authorisation[] {
  if (roleArn === undefined) return [];
  const context = { "iam:PassedToService": "logs.amazonaws.com" };
  return [{ action: "iam:PassRole", resource: roleArn, context }];
}

const deleteSubscriptionFilter: WriteOperation<Logs, "DeleteSubscriptionFilter"> = {
  name: "DeleteSubscriptionFilter",
  authorise: onLogGroup("logs:DeleteSubscriptionFilter"),
  async commit(tx, ctx, input) {
    const group = await needLogGroup(tx, logGroupOf(input, ctx));
    const one = { kind: "subscription", name: input.filterName } as const;
    if (!(await removeFilters(tx, group.id, one))) throw filterNotFound();
    return {};
  },
};

const describeSubscriptionFilters: ReadOperation<Logs, "DescribeSubscriptionFilters"> = {
  name: "DescribeSubscriptionFilters",
  authorise: onLogGroup("logs:DescribeSubscriptionFilters"),
  async read(ctx, { filterNamePrefix = "", limit = usualPage, nextToken: token, ...input }) {
    const group = await needLogGroup(ctx.rows, logGroupOf(input, ctx));
    const [after = ""] = pageStart(token);
    const wanted = (await filtersOf(ctx.rows, group.id, "subscription")).filter(
      ({ name }) => name > after && name.startsWith(filterNamePrefix),
    );
    const { rows: page, nextToken } = pageOf(wanted.slice(0, limit + 1), limit, ({ name }) => [name]);
    return {
      subscriptionFilters: page.map(({ name, createdAt, document }) => ({
        filterName: name,
        logGroupName: group.name,
        filterPattern: document.pattern,
        destinationArn: document.destinationArn,
        roleArn: document.roleArn,
        distribution: "ByLogStream" as const,
        applyOnTransformedLogs: false,
        creationTime: createdAt,
      })),
      ...(nextToken !== undefined && { nextToken }),
    };
  },
};

/** Metric filters and subscriptions. */
export const filterOperations: readonly AnyOperation[] = [
  deleteMetricFilter,
  deleteSubscriptionFilter,
  describeMetricFilters,
  describeSubscriptionFilters,
  putMetricFilter,
  putSubscriptionFilter,
];
