import type { WantedInterfaces } from "../../services/elasticloadbalancing/load-balancers/provisioning.ts";

/** An interface of a load balancer as EC2 shows it. */
export interface FoundInterface {
  readonly id: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly privateIpAddress: string;
  readonly publicIpAddress?: string;
  readonly securityGroups: readonly string[];
  /** `eni-attach-…`, once it is attached. */
  readonly attachmentId?: string;
}

/** What is to be done so that a load balancer has the interfaces that it wants. */
export interface InterfacePlan {
  /** Subnets that need an interface. */
  readonly make: WantedInterfaces["subnets"];
  /** Interfaces that are to be attached to the load balancer. */
  readonly attach: readonly FoundInterface[];
  /** Interfaces with other security groups than the load balancer's. */
  readonly regroup: readonly FoundInterface[];
  /** Interfaces in subnets that the load balancer has left, or of one that is gone. */
  readonly remove: readonly FoundInterface[];
}

/** The next steps, from what is wanted (nothing: the load balancer is gone) and what is there. Pure. */
export function planInterfaces(
  wanted: WantedInterfaces | undefined,
  found: readonly FoundInterface[],
): InterfacePlan {
  const subnets = wanted?.subnets ?? [];
  const kept = subnets.flatMap(({ subnetId }) => found.find((one) => one.subnetId === subnetId) ?? []);
  return {
    make: subnets.filter(({ subnetId }) => !found.some((one) => one.subnetId === subnetId)),
    attach: kept.filter(({ attachmentId }) => attachmentId === undefined),
    regroup: kept.filter((one) => wanted !== undefined && !sameGroups(one, wanted)),
    remove: found.filter((one) => !kept.includes(one)),
  };
}

/** AWS: an interface without groups of its own has its VPC's default one. */
function sameGroups(
  { securityGroups: has }: FoundInterface,
  { securityGroups: wants }: WantedInterfaces,
): boolean {
  if (wants.length === 0) return true;
  return has.length === wants.length && wants.every((id) => has.includes(id));
}
