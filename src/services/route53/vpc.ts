import { DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import type * as route53 from "@aws-sdk/client-route-53";
import type { PrepareContext } from "../../dispatch/context.ts";
import type { Region } from "../../kernel/brand.ts";
import { Fault, isFault } from "../../kernel/fault.ts";
import { isRegion } from "../../kernel/region.ts";
import { invalidInput } from "./faults.ts";
import { route53Principal } from "./principal.ts";

/** A VPC as requests name it. */
export interface VpcName {
  readonly id: string;
  readonly region: Region;
}

/** Reads the VPC of a request. Throws `InvalidVPCId`, `InvalidInput`. */
export function needVpc(vpc: route53.VPC | undefined): VpcName {
  const { VPCId: id, VPCRegion: region } = vpc ?? {};
  if (id === undefined || id === "") throw new Fault("InvalidVPCId", "The VPC ID is missing.");
  if (region === undefined || !isRegion(region))
    throw invalidInput(`The VPC region ${region ?? "null"} is not valid.`);
  return { id, region };
}

/** `route53:VPCs`, as policies compare it (Service Authorization Reference). */
export function vpcKey(vpc: route53.VPC | undefined): Readonly<Record<string, string>> {
  if (vpc?.VPCId === undefined) return {};
  return { "route53:VPCs": `VPCId=${vpc.VPCId},VPCRegion=${vpc.VPCRegion ?? ""}` };
}

/** Whether the caller's account has a VPC. AWS: looked up with the caller's own permissions (`ec2:DescribeVpcs`). */
export async function ownsVpc(ctx: PrepareContext, { id, region }: VpcName): Promise<boolean> {
  try {
    const command = new DescribeVpcsCommand({ VpcIds: [id] });
    const { Vpcs = [] } = await ctx.forward(route53Principal).send(command, { region });
    return Vpcs.length > 0;
  } catch (error) {
    if (isFault(error, "InvalidVpcID.NotFound", "InvalidVpcID.Malformed")) return false;
    throw error;
  }
}

/** The words are those that users of AWS's SDKs report. */
export function notAuthorisedVpc({ id }: VpcName): Fault {
  return new Fault(
    "NotAuthorizedException",
    `The VPC: ${id} that you provided is not authorized to make the association.`,
  );
}
