import type { InputOf } from "../../../dispatch/operation.ts";
import type { Rows } from "../../../store/types.ts";
import type { Ec2 } from "../contract.ts";
import { unsupported } from "../faults.ts";
import type { Place } from "../resource.ts";
import { type LaunchTemplate, needLaunchTemplate, needVersion } from "./launch-template.ts";

type Input = InputOf<Ec2, "RunInstances">;

/** Resource types of a template's tags that a launch here makes; there are no volumes. */
const made: ReadonlySet<string> = new Set(["instance", "network-interface"]);

/** The launch template that a request to launch names, or `undefined`. @throws Fault when it is not there. */
export async function templateOf(
  rows: Rows,
  place: Place,
  { LaunchTemplate: named }: Input,
): Promise<LaunchTemplate | undefined> {
  if (named === undefined) return undefined;
  const template = await needLaunchTemplate(rows, place, named);
  needVersion(template, named.Version);
  return template;
}

/**
 * A request to launch with what its launch template says. AWS: what the request says itself overrides the template
 * (EC2 User Guide, "Launch instances from a launch template").
 */
export function withTemplate(input: Input, template: LaunchTemplate | undefined): Input {
  if (template === undefined) return input;
  const { LaunchTemplate: _named, ...request } = input;
  const { NetworkInterfaces = [], TagSpecifications = [], ...data } = template.document.data;
  const [primary, second] = NetworkInterfaces;
  if (second !== undefined) throw unsupported("A second network interface of a launch template");
  if (primary?.AssociatePublicIpAddress === true || primary?.NetworkInterfaceId !== undefined) {
    throw unsupported("A public address or an interface of its own in a launch template");
  }
  const groups = primary?.Groups ?? data.SecurityGroupIds;
  return {
    ...(data as Partial<Input>),
    ...(groups !== undefined && groups.length > 0 && { SecurityGroupIds: groups }),
    ...(primary?.SubnetId !== undefined && { SubnetId: primary.SubnetId }),
    ...request,
    TagSpecifications: merged(
      TagSpecifications.filter(({ ResourceType = "" }) => made.has(ResourceType)) as Specifications,
      request.TagSpecifications ?? [],
    ),
  };
}

type Specifications = NonNullable<Input["TagSpecifications"]>;

/** One specification a resource type; the request's tag takes the place of the template's with the same key. */
function merged(ofTemplate: Specifications, ofRequest: Specifications): Specifications {
  const all = [...ofTemplate, ...ofRequest];
  return [...new Set(all.map(({ ResourceType }) => ResourceType))].map((ResourceType) => {
    const tags = all.filter((one) => one.ResourceType === ResourceType).flatMap(({ Tags = [] }) => Tags);
    return { ResourceType, Tags: [...new Map(tags.map((tag) => [tag.Key, tag])).values()] };
  });
}
