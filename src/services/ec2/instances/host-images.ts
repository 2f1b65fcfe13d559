import type * as ec2 from "@aws-sdk/client-ec2";
import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { InstanceDocument } from "../documents.ts";
import { type FilterTable, filtered, paged } from "../filters.ts";
import { nothingNamed, reading } from "../operation.ts";

/** An image that RunInstances takes: a machine of the customer's own, which joins as the instance. */
export interface HostImage {
  readonly id: string;
  readonly name: string;
  readonly architecture: InstanceDocument["architecture"];
}

/**
 * There is no hypervisor: what an instance of these images runs on is a machine that is there already and joins
 * (docs/decisions/container-agents.md). The ids are ours.
 */
export const hostImages: readonly HostImage[] = [
  { id: "ami-00000000000e57864", name: "roadstead-host-x86_64", architecture: "x86_64" },
  { id: "ami-00000000000e57a64", name: "roadstead-host-arm64", architecture: "arm64" },
];

/** Throws `InvalidAMIID.Malformed`, `InvalidAMIID.NotFound`. */
export function needHostImage(id: string): HostImage {
  const found = hostImages.find((image) => image.id === id);
  if (found !== undefined) return found;
  if (!/^ami-(?:[0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new Fault("InvalidAMIID.Malformed", `Invalid id: "${id.slice(0, 128)}"`);
  }
  throw new Fault("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
}

const filters: FilterTable<HostImage> = {
  architecture: ({ architecture }) => architecture,
  "image-id": ({ id }) => id,
  "image-type": () => "machine",
  "is-public": () => true,
  name: ({ name }) => name,
  "owner-alias": () => "amazon",
  state: () => "available",
  "virtualization-type": () => "hvm",
};

function wireImage({ id, name, architecture }: HostImage): ec2.Image {
  return {
    ImageId: id,
    Name: name,
    Description: "A machine of yours, which joins with roadstead metadata",
    Architecture: architecture,
    ImageOwnerAlias: "amazon",
    ImageType: "machine",
    Public: true,
    State: "available",
    VirtualizationType: "hvm",
    Hypervisor: "xen",
    BlockDeviceMappings: [],
    Tags: [],
  };
}

const describeImages = reading("DescribeImages", nothingNamed, async (_ctx, input) => {
  const owners = input.Owners ?? [];
  const ids = input.ImageIds ?? [];
  const wanted = ids.length === 0 ? hostImages : ids.map(needHostImage);
  const owned = owners.length === 0 || owners.includes("amazon") ? wanted : [];
  const { items, NextToken } = paged(filtered(owned, input.Filters, filters), input, {
    named: ["ImageIds", ids.length],
  });
  return { Images: items.map(wireImage), NextToken };
});

export const imageOperations: readonly AnyOperation[] = [describeImages];
