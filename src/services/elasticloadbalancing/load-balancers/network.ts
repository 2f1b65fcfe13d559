import {
  DescribeInternetGatewaysCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
} from "@aws-sdk/client-ec2";
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { Fault, isFault } from "../../../kernel/fault.ts";
import type { ChosenSubnet, LoadBalancerType } from "../documents.ts";
import { invalidConfiguration, validation } from "../faults.ts";
import { asElb } from "../role-use/role.ts";

/** Where in a VPC a request puts a load balancer. */
export interface ChosenNetwork {
  readonly vpcId: string;
  readonly subnets: readonly ChosenSubnet[];
}

/** The subnets that a request names, one way or the other. */
export interface SubnetRequest {
  readonly Subnets?: readonly string[] | undefined;
  readonly SubnetMappings?: readonly elbv2.SubnetMapping[] | undefined;
}

/** The ids of the subnets that a request names. */
export function namedSubnets({ Subnets, SubnetMappings }: SubnetRequest): readonly string[] {
  return [...(Subnets ?? []), ...(SubnetMappings ?? []).flatMap(({ SubnetId }) => SubnetId ?? [])];
}

/**
 * Looks the subnets up, as the service-linked role.
 * @throws Fault `ValidationError`, `InvalidConfigurationRequest`, `SubnetNotFound`, `InvalidSubnet`.
 */
export async function chooseSubnets(
  ctx: PrepareContext,
  type: LoadBalancerType,
  request: SubnetRequest,
): Promise<ChosenNetwork> {
  const named = namedSubnets(request);
  const mappings = new Map((request.SubnetMappings ?? []).map((one) => [one.SubnetId ?? "", one]));
  if (request.Subnets?.length && mappings.size > 0) {
    throw validation("You must specify either subnets or subnet mappings, not both");
  }
  const tooFew =
    type === "application"
      ? "At least two subnets in two different Availability Zones must be specified"
      : "At least one subnet must be specified";
  if (new Set(named).size < (type === "application" ? 2 : 1)) throw validation(tooFew);
  for (const mapping of mappings.values()) refuseForeign(type, mapping);
  const subnets = await lookUp(ctx, [...new Set(named)]);
  const vpcs = new Set(subnets.map(({ VpcId }) => VpcId ?? ""));
  const [vpcId = "", ...others] = vpcs;
  if (others.length > 0) throw invalidConfiguration("All subnets must belong to the same VPC");
  const zones = new Set(subnets.map(({ AvailabilityZone }) => AvailabilityZone));
  if (zones.size < subnets.length) {
    throw invalidConfiguration(
      "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
    );
  }
  return {
    vpcId,
    subnets: subnets.map(({ SubnetId = "", AvailabilityZone = "" }) => {
      const { AllocationId, PrivateIPv4Address } = mappings.get(SubnetId) ?? {};
      return {
        subnetId: SubnetId,
        zone: AvailabilityZone,
        ...(AllocationId !== undefined && { allocationId: AllocationId }),
        ...(PrivateIPv4Address !== undefined && { privateIpAddress: PrivateIPv4Address }),
      };
    }),
  };
}

/** Throws for what subnets of load balancers cannot have here, or of this type. */
function refuseForeign(type: LoadBalancerType, mapping: elbv2.SubnetMapping): void {
  if (mapping.IPv6Address !== undefined || mapping.SourceNatIpv6Prefix !== undefined) {
    throw invalidConfiguration("IPv6 addresses of load balancers are not served here.");
  }
  const { AllocationId, PrivateIPv4Address } = mapping;
  if (type === "application" && (AllocationId ?? PrivateIPv4Address) !== undefined) {
    // Ours.
    throw invalidConfiguration(
      "You cannot specify addresses for the subnets of an Application Load Balancer",
    );
  }
}

async function lookUp(ctx: PrepareContext, ids: readonly string[]) {
  try {
    const { Subnets = [] } = await asElb(ctx).send(new DescribeSubnetsCommand({ SubnetIds: [...ids] }));
    // In the order in which they were named.
    return [...Subnets].sort((a, b) => ids.indexOf(a.SubnetId ?? "") - ids.indexOf(b.SubnetId ?? ""));
  } catch (error) {
    if (
      !isFault(error, "InvalidSubnetID.NotFound", "InvalidSubnetId.Malformed", "InvalidSubnetID.Malformed")
    ) {
      throw error;
    }
    throw new Fault("SubnetNotFound", error.message, { cause: error });
  }
}

/**
 * AWS: what faces the internet needs a way there.
 * @throws Fault `InvalidSubnet`
 */
export async function needInternet(ctx: PrepareContext, vpcId: string): Promise<void> {
  const { InternetGateways = [] } = await asElb(ctx).send(
    new DescribeInternetGatewaysCommand({ Filters: [{ Name: "attachment.vpc-id", Values: [vpcId] }] }),
  );
  if (InternetGateways.length === 0) {
    throw new Fault("InvalidSubnet", `VPC ${vpcId} has no internet gateway`);
  }
}

/**
 * The security groups of a load balancer: those named or, for an application load balancer, the VPC's default one.
 * @throws Fault `InvalidSecurityGroup`, `InvalidConfigurationRequest`.
 */
export async function chooseSecurityGroups(
  ctx: PrepareContext,
  type: LoadBalancerType,
  vpcId: string,
  wanted: readonly string[] | undefined,
): Promise<readonly string[]> {
  const ids = [...new Set(wanted ?? [])];
  if (ids.length === 0 && type === "network") return [];
  if (ids.length > 5) throw invalidConfiguration("A load balancer can have no more than 5 security groups");
  const byDefault = [
    { Name: "vpc-id", Values: [vpcId] },
    { Name: "group-name", Values: ["default"] },
  ];
  try {
    const { SecurityGroups = [] } = await asElb(ctx).send(
      new DescribeSecurityGroupsCommand(ids.length > 0 ? { GroupIds: ids } : { Filters: byDefault }),
    );
    if (SecurityGroups.some(({ VpcId }) => VpcId !== vpcId)) {
      throw invalidConfiguration("One or more security groups do not belong to the VPC of the load balancer");
    }
    return ids.length > 0 ? ids : SecurityGroups.flatMap(({ GroupId }) => GroupId ?? []);
  } catch (error) {
    if (!(error instanceof Fault) || !error.code.startsWith("InvalidGroup")) throw error;
    throw new Fault("InvalidSecurityGroup", "One or more security groups are invalid", { cause: error });
  }
}
