import type * as ec2 from "@aws-sdk/client-ec2";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { ElasticIpDocument } from "../documents.ts";
import { missingParameter } from "../faults.ts";
import type { NetworkInterface } from "../network-interfaces/network-interface.ts";
import { amend, findResource, listResources, needResource, type Place, type Resource } from "../resource.ts";
import { wireTags } from "../tags/tags.ts";

/** An Elastic IP address. */
export type ElasticIp = Resource<"elastic-ip">;

/** The address of an allocation id, or of its public address. Throws `InvalidAllocationID.NotFound`, `InvalidAddress.NotFound`. */
export async function needElasticIp(
  rows: Rows,
  place: Place,
  {
    AllocationId,
    PublicIp,
  }: { readonly AllocationId?: string | undefined; readonly PublicIp?: string | undefined },
): Promise<ElasticIp> {
  if (AllocationId !== undefined) return needResource(rows, place, "elastic-ip", AllocationId);
  if (PublicIp === undefined) throw missingParameter("AllocationId");
  const all = await listResources(rows, place, "elastic-ip");
  const found = all.find(({ document }) => document.publicIp === PublicIp);
  if (found !== undefined) return found;
  throw new Fault("InvalidAddress.NotFound", `Address '${PublicIp.slice(0, 64)}' not found.`);
}

/** Lets an address stand for one of an interface. */
export async function associate(
  tx: Tx,
  address: ElasticIp,
  one: NetworkInterface,
  association: NonNullable<ElasticIpDocument["association"]>,
): Promise<void> {
  await amend(tx, address, { association });
  await amend(tx, one, {
    publicAddresses: {
      ...one.document.publicAddresses,
      [association.privateIp]: {
        ip: address.document.publicIp,
        allocation: address.id,
        association: association.id,
      },
    },
  });
}

/** Ends what an address stands for, if anything. */
export async function disassociate(tx: Tx, address: ElasticIp): Promise<void> {
  const { association } = address.document;
  if (association === undefined) return;
  await amend(tx, address, { association: undefined });
  const one = await findResource(tx, address, "network-interface", association.networkInterface);
  if (one === undefined) return;
  const { [association.privateIp]: _ended, ...publicAddresses } = one.document.publicAddresses;
  await amend(tx, one, { publicAddresses });
}

/** As DescribeAddresses shows it. */
export function wireAddress(address: ElasticIp): ec2.Address {
  const { publicIp, association } = address.document;
  return {
    AllocationId: address.id,
    PublicIp: publicIp,
    PublicIpv4Pool: "amazon",
    Domain: "vpc",
    NetworkBorderGroup: address.region,
    Tags: wireTags(address.tags),
    ...(association !== undefined && {
      AssociationId: association.id,
      NetworkInterfaceId: association.networkInterface,
      NetworkInterfaceOwnerId: address.account,
      PrivateIpAddress: association.privateIp,
    }),
  };
}
