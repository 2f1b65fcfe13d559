import { DescribeAvailabilityZonesCommand, DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { DescribeTargetGroupsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { isFault } from "../../../kernel/fault.ts";
import { validation } from "../faults.ts";
import { autoScalingPrincipal, autoScalingSession } from "../principal.ts";
import type { GroupDocument } from "./group.ts";

/** Ours: subnets of a group. */
const mostSubnets = 50;

/**
 * The subnets and zones that a group launches in. @param identifier `subnet-…,subnet-…`.
 * @throws Fault `ValidationError`.
 */
export async function readNetwork(
  ctx: PrepareContext,
  identifier: string | undefined,
  zones: readonly string[] | undefined,
): Promise<Pick<GroupDocument, "subnets" | "zones">> {
  const ec2 = ctx.as({ servicePrincipal: autoScalingPrincipal, sessionName: autoScalingSession });
  const ids = [...new Set((identifier ?? "").split(",").map((id) => id.trim()))].filter((id) => id !== "");
  if (ids.length === 0) {
    const wanted = [...new Set(zones ?? [])];
    if (wanted.length === 0) {
      throw validation("At least one Availability Zone or VPC Subnet is required.");
    }
    const { AvailabilityZones = [] } = await ec2.send(new DescribeAvailabilityZonesCommand({}));
    const known = new Set(AvailabilityZones.map(({ ZoneName }) => ZoneName));
    const strange = wanted.find((zone) => !known.has(zone));
    if (strange !== undefined) throw validation(`Invalid Availability Zone: [${strange}]`);
    return { subnets: [], zones: wanted.sort() };
  }
  if (ids.length > mostSubnets) throw validation(`A group can have at most ${mostSubnets} subnets.`);
  try {
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ SubnetIds: ids }));
    const subnets = ids.map((id) => ({
      id,
      zone: Subnets.find((one) => one.SubnetId === id)?.AvailabilityZone ?? "",
    }));
    const named = [...new Set(subnets.map(({ zone }) => zone))].sort();
    if (zones !== undefined && zones.length > 0 && zones.some((zone) => !named.includes(zone))) {
      throw validation(
        "The availability zones of the specified subnets and the Auto Scaling group do not match",
      );
    }
    return { subnets, zones: named };
  } catch (error) {
    if (
      isFault(error, "InvalidSubnetID.NotFound", "InvalidSubnetID.Malformed", "InvalidSubnetId.Malformed")
    ) {
      throw validation(error.message);
    }
    throw error;
  }
}

/** @throws Fault `ValidationError` for target groups that are not there. */
export async function admitTargetGroups(ctx: PrepareContext, arns: readonly string[]): Promise<void> {
  if (arns.length === 0) return;
  const role = ctx.as({ servicePrincipal: autoScalingPrincipal, sessionName: autoScalingSession });
  try {
    await role.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [...arns] }));
  } catch (error) {
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    throw validation("Provided Target Groups may not be valid. Please ensure they exist and try again.");
  }
}
