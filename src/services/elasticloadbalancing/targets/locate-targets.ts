import { BlockList, isIPv4 } from "node:net";
import { DescribeInstancesCommand, DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import { listResources, type TargetGroup } from "../resource.ts";
import { asElb, seen } from "../role-use/role.ts";

/** A target as it is registered: with its port, and where it is reached. */
export interface LocatedTarget {
  readonly id: string;
  readonly port: number;
  /** Empty for a load balancer. */
  readonly address: string;
  readonly zone: string | undefined;
}

function invalidTarget(message: string): Fault {
  return new Fault("InvalidTarget", message);
}

const quoted = (ids: readonly string[]) => ids.map((id) => `'${id.slice(0, 256)}'`).join(", ");

/**
 * Finds where targets are, as the service-linked role.
 * @throws Fault `InvalidTarget`, `ValidationError`.
 */
export function locateTargets(
  ctx: PrepareContext,
  group: TargetGroup,
  targets: readonly elbv2.TargetDescription[],
): Promise<readonly LocatedTarget[]> {
  switch (group.document.settings.TargetType) {
    case "ip":
      return locateAddresses(ctx, group, targets);
    case "instance":
      return locateInstances(ctx, group, targets);
    case "alb":
      return locateLoadBalancers(ctx, group, targets);
  }
}

/** RFC 1918 and RFC 6598: what may be registered from outside the VPC (User Guide, "Target type"). */
const privateBlocks = new BlockList();
privateBlocks.addSubnet("10.0.0.0", 8);
privateBlocks.addSubnet("172.16.0.0", 12);
privateBlocks.addSubnet("192.168.0.0", 16);
privateBlocks.addSubnet("100.64.0.0", 10);

async function locateAddresses(
  ctx: PrepareContext,
  { document: { settings } }: TargetGroup,
  targets: readonly elbv2.TargetDescription[],
): Promise<readonly LocatedTarget[]> {
  const Filters = [{ Name: "vpc-id", Values: [settings.VpcId ?? ""] }];
  // Without the role, which no load balancer needs yet, the zones of addresses stay unknown.
  const found = await seen(() => asElb(ctx).send(new DescribeSubnetsCommand({ Filters })));
  const subnets = (found?.Subnets ?? []).map(({ CidrBlock = "", AvailabilityZone }) => {
    const [base = "", length = ""] = CidrBlock.split("/");
    const block = new BlockList();
    if (isIPv4(base)) block.addSubnet(base, Number(length));
    return { block, zone: AvailabilityZone };
  });
  return targets.map(({ Id = "", Port, AvailabilityZone }) => {
    if (!isIPv4(Id)) throw invalidTarget(`The IP address '${Id.slice(0, 64)}' is not a valid IPv4 address`);
    const subnet = subnets.find(({ block }) => block.check(Id));
    if (subnet === undefined && found !== undefined) {
      if (!privateBlocks.check(Id)) {
        throw invalidTarget(`The IP address '${Id}' is publicly routable and cannot be registered`);
      }
      if (AvailabilityZone !== "all") {
        throw invalidTarget(
          `The IP address '${Id}' is not within the target group VPC: its Availability Zone must be 'all'`,
        );
      }
    }
    return { id: Id, port: Port ?? settings.Port, address: Id, zone: AvailabilityZone ?? subnet?.zone };
  });
}

async function locateInstances(
  ctx: PrepareContext,
  { document: { settings } }: TargetGroup,
  targets: readonly elbv2.TargetDescription[],
): Promise<readonly LocatedTarget[]> {
  const ids = [...new Set(targets.map(({ Id = "" }) => Id))];
  const instances = await describeInstances(ctx, ids);
  const foreign = instances.filter(({ VpcId }) => VpcId !== settings.VpcId);
  if (foreign.length > 0) {
    const named = foreign.map(({ InstanceId = "" }) => InstanceId);
    throw invalidTarget(
      `The following targets are not in the target group VPC '${settings.VpcId}': ${quoted(named)}`,
    );
  }
  const idle = instances.filter(({ State }) => State?.Name !== "running");
  if (idle.length > 0) {
    const named = idle.map(({ InstanceId = "" }) => InstanceId);
    throw invalidTarget(
      `The following targets are not in a running state and cannot be registered: ${quoted(named)}`,
    );
  }
  return targets.map(({ Id = "", Port }) => {
    const instance = instances.find(({ InstanceId }) => InstanceId === Id);
    return {
      id: Id,
      port: Port ?? settings.Port,
      address: instance?.PrivateIpAddress ?? "",
      zone: instance?.Placement?.AvailabilityZone,
    };
  });
}

async function describeInstances(ctx: PrepareContext, ids: readonly string[]) {
  const strange = ids.filter((id) => !/^i-[0-9a-f]{8,17}$/.test(id));
  if (strange.length > 0)
    throw invalidTarget(`The following targets are not valid instances: ${quoted(strange)}`);
  try {
    const found = await seen(() => asElb(ctx).send(new DescribeInstancesCommand({ InstanceIds: [...ids] })));
    // Ours: instances can only be looked up as the role.
    if (found === undefined) {
      throw new Fault(
        "OperationNotPermitted",
        "Instances cannot be registered without the role AWSServiceRoleForElasticLoadBalancing",
      );
    }
    return (found.Reservations ?? []).flatMap(({ Instances = [] }) => Instances);
  } catch (error) {
    if (!isFault(error, "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed")) throw error;
    throw invalidTarget(`The following targets are not valid instances: ${quoted(ids)}`);
  }
}

async function locateLoadBalancers(
  ctx: PrepareContext,
  { document: { settings } }: TargetGroup,
  targets: readonly elbv2.TargetDescription[],
): Promise<readonly LocatedTarget[]> {
  const ids = targets.map(({ Id = "" }) => Id);
  const found = await listResources(ctx.rows, "load-balancer", { place: ctx, arns: ids });
  const listeners = await listResources(ctx.rows, "listener", { parents: ids });
  return targets.map(({ Id = "", Port = settings.Port }) => {
    const one = found.find(({ arn }) => arn === Id);
    if (one?.document.type !== "application" || one.document.vpcId !== settings.VpcId) {
      throw invalidTarget(
        `The target '${Id.slice(0, 256)}' is not an Application Load Balancer of the target group VPC`,
      );
    }
    if (
      Port !== settings.Port ||
      !listeners.some(({ parent, position }) => parent === Id && position === Port)
    ) {
      throw invalidTarget(
        `The Application Load Balancer '${Id}' must have a listener whose port matches the target group port '${settings.Port}'`,
      );
    }
    return { id: Id, port: Port, address: "", zone: undefined };
  });
}
