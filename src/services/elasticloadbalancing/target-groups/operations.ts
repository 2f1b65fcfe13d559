import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { apiAttributes, changedAttributes, completeAttributes } from "../attributes.ts";
import { invalidArn, invalidConfiguration, notFound, validation } from "../faults.ts";
import { onResource, reading, writing } from "../operation.ts";
import { paged } from "../paging.ts";
import { amend, findResource, isArnOf, listResources, needResource, removeResources } from "../resource.ts";
import { linksOf } from "../rules/links.ts";
import type { ElbTables } from "../store.ts";
import { loadBalancersOf, trafficChanged } from "../traffic/changed.ts";
import { createTargetGroup } from "./create-target-group.ts";
import { checkHealthCheck } from "./health-check.ts";
import { apiTargetGroup } from "./target-group.ts";

const modifyTargetGroup = writing(
  "ModifyTargetGroup",
  ({ TargetGroupArn }) => onResource("ModifyTargetGroup", TargetGroupArn),
  async (tx, ctx, { TargetGroupArn, ...given }) => {
    const one = await needResource(tx, ctx, "target-group", TargetGroupArn);
    const { settings } = one.document;
    const { HealthCheckPath: _path, Matcher: _matcher, ...kept } = settings;
    const saved = await amend(tx, one, {
      settings: { ...kept, ...checkHealthCheck(settings, given, settings) },
    });
    await trafficChanged(tx, await loadBalancersOf(tx, [one.arn]));
    return { TargetGroups: [apiTargetGroup(saved, await linksOf(tx, one.arn))] };
  },
);

/** AWS: one that is not there is no error (API Reference, "DeleteTargetGroup": ResourceInUse alone). */
const deleteTargetGroup = writing(
  "DeleteTargetGroup",
  ({ TargetGroupArn }) => onResource("DeleteTargetGroup", TargetGroupArn),
  async (tx, ctx, { TargetGroupArn: arn = "" }) => {
    if (!isArnOf("target-group", arn)) throw invalidArn("target-group", arn);
    const one = await findResource(tx, "target-group", arn);
    if (one === undefined || one.account !== ctx.account || one.region !== ctx.region) return {};
    if ((await linksOf(tx, arn)).length > 0) {
      throw new Fault("ResourceInUse", `Target group '${arn}' is currently in use by a listener or a rule`);
    }
    await tx
      .tables<ElbTables>()
      .deleteFrom("elasticloadbalancing_target")
      .where("target_group", "=", arn)
      .execute();
    await removeResources(tx, [arn]);
    return {};
  },
);

const describeTargetGroups = reading("DescribeTargetGroups", async (ctx, input) => {
  const { LoadBalancerArn, TargetGroupArns: arns = [], Names: names = [] } = input;
  const ways = [LoadBalancerArn !== undefined, arns.length > 0, names.length > 0];
  if (ways.filter(Boolean).length > 1) {
    throw validation(
      "Target group names, target group ARNs and a load balancer ARN cannot be specified at the same time",
    );
  }
  if (LoadBalancerArn !== undefined) await needResource(ctx.rows, ctx, "load-balancer", LoadBalancerArn);
  for (const arn of arns) await needResource(ctx.rows, ctx, "target-group", arn);
  const all = await listResources(ctx.rows, "target-group", { place: ctx });
  for (const name of names) {
    if (!all.some((one) => one.name === name)) throw notFound("target-group", name);
  }
  const links = await ctx.rows
    .tables<ElbTables>()
    .selectFrom("elasticloadbalancing_link")
    .selectAll()
    .execute();
  const balancersOf = (arn: string) =>
    links.filter((link) => link.target_group === arn).map((link) => link.load_balancer);
  const wanted = all.filter(
    ({ arn, name }) =>
      (arns.length === 0 || arns.includes(arn)) &&
      (names.length === 0 || names.includes(name)) &&
      (LoadBalancerArn === undefined || balancersOf(arn).includes(LoadBalancerArn)),
  );
  const { items, NextMarker } = paged(wanted, ({ arn }) => arn, input);
  return { TargetGroups: items.map((one) => apiTargetGroup(one, balancersOf(one.arn))), NextMarker };
});

const describeTargetGroupAttributes = reading(
  "DescribeTargetGroupAttributes",
  async (ctx, { TargetGroupArn }) => ({
    Attributes: apiAttributes(await needResource(ctx.rows, ctx, "target-group", TargetGroupArn)),
  }),
);

const modifyTargetGroupAttributes = writing(
  "ModifyTargetGroupAttributes",
  ({ TargetGroupArn }) => onResource("ModifyTargetGroupAttributes", TargetGroupArn),
  async (tx, ctx, { TargetGroupArn, Attributes = [] }) => {
    const one = await needResource(tx, ctx, "target-group", TargetGroupArn);
    const saved = await amend(tx, one, { attributes: changedAttributes(one, Attributes) });
    const complete = completeAttributes(saved);
    const byApplication =
      complete["stickiness.enabled"] === "true" && complete["stickiness.type"] === "app_cookie";
    if (byApplication && complete["stickiness.app_cookie.cookie_name"] === "") {
      throw invalidConfiguration(
        "stickiness.app_cookie.cookie_name must be set for stickiness of type 'app_cookie'",
      );
    }
    if (
      complete["load_balancing.algorithm.type"] !== "round_robin" &&
      (complete["slow_start.duration_seconds"] ?? "0") !== "0"
    ) {
      throw invalidConfiguration(
        "Slow start can only be used with the load balancing algorithm 'round_robin'",
      );
    }
    await trafficChanged(tx, await loadBalancersOf(tx, [one.arn]));
    return { Attributes: apiAttributes(saved) };
  },
);

/** Everything about target groups but their targets. */
export const targetGroupOperations: readonly AnyOperation[] = [
  createTargetGroup,
  modifyTargetGroup,
  deleteTargetGroup,
  describeTargetGroups,
  describeTargetGroupAttributes,
  modifyTargetGroupAttributes,
];
