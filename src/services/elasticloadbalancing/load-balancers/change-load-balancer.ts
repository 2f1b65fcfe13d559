import type { PrepareContext } from "../../../dispatch/context.ts";
import { type InputOf, StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { apiAttributes, changedAttributes, completeAttributes } from "../attributes.ts";
import { invalidConfiguration, notServed, validation } from "../faults.ts";
import { type Elb, onResource, writing } from "../operation.ts";
import { amend, needResource } from "../resource.ts";
import { seen } from "../role-use/role.ts";
import { trafficChanged } from "../traffic/changed.ts";
import { apiLoadBalancer } from "./load-balancer.ts";
import { type ChosenNetwork, chooseSecurityGroups, chooseSubnets, namedSubnets } from "./network.ts";
import { enqueueProvisioning } from "./provisioning.ts";

/** Looks something up as the role, which is there as long as a load balancer is. */
async function look<T>(ctx: PrepareContext, work: () => Promise<T>): Promise<T> {
  const found = await seen(work);
  if (found === undefined) throw new StalePreparation(`the role of ${ctx.account} is gone`);
  return found;
}

export const setSubnets: WriteOperation<Elb, "SetSubnets", ChosenNetwork> = {
  name: "SetSubnets",
  authorise: (input: InputOf<Elb, "SetSubnets">) => {
    const subnets = namedSubnets(input);
    const context = subnets.length > 0 ? { "elasticloadbalancing:Subnet": subnets } : undefined;
    return onResource("SetSubnets", input.LoadBalancerArn, context);
  },
  async prepare(ctx, input) {
    if ((input.IpAddressType ?? "ipv4") !== "ipv4")
      throw notServed(`The IP address type '${input.IpAddressType}'`);
    if (input.EnablePrefixForIpv6SourceNat === "on") throw notServed("IPv6 source NAT");
    const { document } = await needResource(ctx.rows, ctx, "load-balancer", input.LoadBalancerArn);
    return look(ctx, () => chooseSubnets(ctx, document.type, input));
  },
  async commit(tx, ctx, { LoadBalancerArn }, { vpcId, subnets }) {
    const one = await needResource(tx, ctx, "load-balancer", LoadBalancerArn);
    if (one.document.vpcId !== vpcId) {
      throw invalidConfiguration("The subnets must belong to the VPC of the load balancer");
    }
    const saved = await amend(tx, one, { subnets });
    await enqueueProvisioning(tx, one.arn);
    return { AvailabilityZones: apiLoadBalancer(saved).AvailabilityZones, IpAddressType: "ipv4" };
  },
};

export const setSecurityGroups: WriteOperation<Elb, "SetSecurityGroups", readonly string[]> = {
  name: "SetSecurityGroups",
  authorise: ({ LoadBalancerArn, SecurityGroups = [] }) =>
    onResource(
      "SetSecurityGroups",
      LoadBalancerArn,
      SecurityGroups.length > 0 ? { "elasticloadbalancing:SecurityGroup": SecurityGroups } : undefined,
    ),
  async prepare(ctx, { LoadBalancerArn, SecurityGroups = [] }) {
    const { document } = await needResource(ctx.rows, ctx, "load-balancer", LoadBalancerArn);
    if (SecurityGroups.length === 0 && document.type === "application") {
      throw validation("At least one security group must be specified");
    }
    return look(ctx, () => chooseSecurityGroups(ctx, document.type, document.vpcId, SecurityGroups));
  },
  async commit(tx, ctx, input, securityGroups) {
    const one = await needResource(tx, ctx, "load-balancer", input.LoadBalancerArn);
    const { type, securityGroups: had, privateLinkInbound = "on" } = one.document;
    if (type === "network" && (had.length === 0) !== (securityGroups.length === 0)) {
      // User Guide, "Update the security groups for your Network Load Balancer". The words are ours.
      throw invalidConfiguration(
        "Security groups of a Network Load Balancer can be changed only if it was created with some, and not all removed",
      );
    }
    const enforced = input.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic ?? privateLinkInbound;
    await amend(tx, one, { securityGroups, ...(type === "network" && { privateLinkInbound: enforced }) });
    await enqueueProvisioning(tx, one.arn);
    return {
      SecurityGroupIds: [...securityGroups],
      ...(type === "network" && { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: enforced }),
    };
  },
};

export const setIpAddressType = writing(
  "SetIpAddressType",
  ({ LoadBalancerArn }) => onResource("SetIpAddressType", LoadBalancerArn),
  async (tx, ctx, { LoadBalancerArn, IpAddressType }) => {
    await needResource(tx, ctx, "load-balancer", LoadBalancerArn);
    if (IpAddressType !== "ipv4") throw notServed(`The IP address type '${IpAddressType}'`);
    return { IpAddressType };
  },
);

export const modifyLoadBalancerAttributes = writing(
  "ModifyLoadBalancerAttributes",
  ({ LoadBalancerArn }) => onResource("ModifyLoadBalancerAttributes", LoadBalancerArn),
  async (tx, ctx, { LoadBalancerArn, Attributes = [] }) => {
    const one = await needResource(tx, ctx, "load-balancer", LoadBalancerArn);
    const saved = await amend(tx, one, { attributes: changedAttributes(one, Attributes) });
    const complete = completeAttributes(saved);
    for (const logs of ["access_logs", "connection_logs"]) {
      if (complete[`${logs}.s3.enabled`] === "true" && complete[`${logs}.s3.bucket`] === "") {
        throw invalidConfiguration(`${logs}.s3.bucket must be set when ${logs}.s3.enabled is 'true'`);
      }
    }
    await trafficChanged(tx, [one.arn]);
    return { Attributes: apiAttributes(saved) };
  },
);
