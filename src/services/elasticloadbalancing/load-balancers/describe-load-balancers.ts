import { apiAttributes } from "../attributes.ts";
import { notFound, validation } from "../faults.ts";
import { namedLimits } from "../limits.ts";
import { reading } from "../operation.ts";
import { paged } from "../paging.ts";
import { listResources, needResource } from "../resource.ts";
import { apiLoadBalancer } from "./load-balancer.ts";

export const describeLoadBalancers = reading("DescribeLoadBalancers", async (ctx, input) => {
  const { LoadBalancerArns: arns = [], Names: names = [] } = input;
  if (arns.length > 0 && names.length > 0) {
    throw validation("Load balancer names and load balancer ARNs cannot be specified at the same time");
  }
  for (const arn of arns) await needResource(ctx.rows, ctx, "load-balancer", arn);
  const all = await listResources(ctx.rows, "load-balancer", { place: ctx });
  for (const name of names) {
    if (!all.some((one) => one.name === name)) throw notFound("load-balancer", name);
  }
  const wanted = all.filter(
    ({ arn, name }) =>
      (arns.length === 0 || arns.includes(arn)) && (names.length === 0 || names.includes(name)),
  );
  const { items, NextMarker } = paged(wanted, ({ arn }) => arn, input);
  return { LoadBalancers: items.map(apiLoadBalancer), NextMarker };
});

export const describeLoadBalancerAttributes = reading(
  "DescribeLoadBalancerAttributes",
  async (ctx, { LoadBalancerArn }) => ({
    Attributes: apiAttributes(await needResource(ctx.rows, ctx, "load-balancer", LoadBalancerArn)),
  }),
);

export const describeAccountLimits = reading("DescribeAccountLimits", async (_ctx, input) => {
  const { items, NextMarker } = paged(Object.entries(namedLimits), ([name]) => name, input);
  return { Limits: items.map(([Name, max]) => ({ Name, Max: String(max) })), NextMarker };
});
