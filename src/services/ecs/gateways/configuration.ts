import { DescribeSubnetsCommand, DescribeVpcsCommand } from "@aws-sdk/client-ec2";
import type * as ecs from "@aws-sdk/client-ecs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import type { Arn } from "../../../kernel/brand.ts";
import { isFault } from "../../../kernel/fault.ts";
import { clientFault, invalidParameter, unsupported } from "../faults.ts";
import { ecsPrincipal } from "../role.ts";
import type { GatewayDocument, GatewaySettings } from "./gateway.ts";

/** The session in which ECS makes what a gateway needs. The name is ours. */
export const gatewaySession = "ecs-gateway";

/** API Reference, "HostSharedAlbConfiguration". */
const defaultAlbCount = 10;
/** Service quotas of Elastic Load Balancing: Application Load Balancers of a region. */
const mostAlbs = 50;
/** Ours, for the values of a test header: as many as a condition of a rule may have. */
const mostHeaderValues = 5;

/** Throws `InvalidParameterException`. AWS: up to 255 characters; which ones, and the sentence, are ours. */
export function checkGatewayName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/.test(name)) return;
  throw invalidParameter(
    "name can have up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.",
  );
}

/** The settings of a new gateway, but for its subnets. Throws `InvalidParameterException`; the sentences are ours. */
export function readSettings(configuration: ecs.GatewayConfiguration): Omit<GatewaySettings, "subnets"> {
  const asked = configuration.hostSharedAlb;
  if (asked === undefined) throw invalidParameter("configuration needs exactly one variant: hostSharedAlb.");
  const { port = 443, protocol = "HTTPS", scheme = "internet-facing", networkConfiguration } = asked;
  if (port !== 443 || protocol !== "HTTPS") {
    throw invalidParameter("A gateway supports only the protocol HTTPS at port 443.");
  }
  if (scheme !== "internet-facing" && scheme !== "internal") {
    throw invalidParameter("scheme must be internet-facing or internal.");
  }
  const { ipAddressType = "dualstack" } = networkConfiguration ?? {};
  if (ipAddressType !== "dualstack" && ipAddressType !== "ipv4") {
    throw unsupported(`Roadstead's load balancers have no IP address type ${ipAddressType}.`);
  }
  const changeable = readChange(asked);
  return {
    ...{ scheme, ipAddressType, maxAlbCount: defaultAlbCount, httpDesync: "defensive" },
    ...changeable,
  };
}

/** What can also be changed later. An empty text takes a security group away, as an empty object does with the others. */
export function readChange(
  asked: ecs.UpdateGatewayAlbConfiguration,
): Partial<Omit<GatewaySettings, "scheme" | "subnets" | "ipAddressType">> {
  const { maxAlbCount, webACLArn, accessLogs, httpDesync, testTrafficRules, networkConfiguration } = asked;
  const { inboundSecurityGroup } = networkConfiguration ?? {};
  if (webACLArn !== undefined && webACLArn !== "") {
    throw unsupported("Roadstead has no AWS WAF: webACLArn is not supported.");
  }
  if (
    maxAlbCount !== undefined &&
    (!Number.isInteger(maxAlbCount) || maxAlbCount < 1 || maxAlbCount > mostAlbs)
  ) {
    throw invalidParameter(`maxAlbCount must be between 1 and ${mostAlbs}.`);
  }
  if (httpDesync !== undefined && !["monitor", "defensive", "strictest"].includes(httpDesync)) {
    throw invalidParameter("httpDesync must be monitor, defensive or strictest.");
  }
  if (inboundSecurityGroup !== undefined && !/^(sg-[0-9a-f]+)?$/.test(inboundSecurityGroup)) {
    throw invalidParameter("networkConfiguration.inboundSecurityGroup must be the ID of a security group.");
  }
  return {
    ...(maxAlbCount !== undefined && { maxAlbCount }),
    ...(httpDesync !== undefined && { httpDesync }),
    ...(inboundSecurityGroup !== undefined && { inboundSecurityGroup: inboundSecurityGroup || undefined }),
    ...(accessLogs !== undefined && { accessLogs: readAccessLogs(accessLogs) }),
    ...(testTrafficRules !== undefined && { testTrafficRules: readTestRules(testTrafficRules) }),
  };
}

function readAccessLogs({ destination }: ecs.GatewayElbAccessLogConfiguration) {
  if (destination === undefined) return undefined;
  if ((destination.s3?.bucket ?? "") === "")
    throw invalidParameter("accessLogs.destination.s3 needs a bucket.");
  return { destination };
}

function readTestRules({ header }: ecs.GatewayAlbTestTrafficRules) {
  if (header === undefined) return undefined;
  const { name = "", values = [] } = header;
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$/.test(name)) {
    throw invalidParameter(
      "testTrafficRules.header.name must be the name of a header of up to 40 characters.",
    );
  }
  if (
    values.length < 1 ||
    values.length > mostHeaderValues ||
    values.some((one) => !/^[^\0]{1,128}$/.test(one))
  ) {
    throw invalidParameter(
      `testTrafficRules.header.values needs 1 to ${mostHeaderValues} values of up to 128 characters.`,
    );
  }
  return { header: { name, values } };
}

/**
 * Where a gateway is: in the subnets that it is given, else in the default ones of the default VPC, which the
 * infrastructure role looks up. Throws `ClientException`; the sentences are ours.
 */
export async function admitGatewayNetwork(
  ctx: PrepareContext,
  roleArn: Arn,
  subnets: readonly string[] = [],
): Promise<Pick<GatewayDocument, "vpcId" | "vpcCidr" | "zones"> & { readonly subnets: readonly string[] }> {
  const role = ctx.as({ servicePrincipal: ecsPrincipal, roleArn, sessionName: gatewaySession });
  try {
    const asked =
      subnets.length > 0
        ? { SubnetIds: [...subnets] }
        : { Filters: [{ Name: "default-for-az", Values: ["true"] }] };
    const { Subnets = [] } = await role.send(new DescribeSubnetsCommand(asked));
    const [first] = Subnets;
    if (first?.VpcId === undefined) throw clientFault("There is no default VPC: subnets are needed.");
    if (Subnets.some(({ VpcId }) => VpcId !== first.VpcId)) {
      throw clientFault("The subnets of a gateway must be of one VPC.");
    }
    const zones = Subnets.flatMap(({ AvailabilityZone }) => AvailabilityZone ?? []).sort();
    if (new Set(zones).size < 2 || new Set(zones).size < zones.length) {
      throw clientFault("A gateway needs one subnet in each of at least two Availability Zones.");
    }
    const { Vpcs = [] } = await role.send(new DescribeVpcsCommand({ VpcIds: [first.VpcId] }));
    return {
      vpcId: first.VpcId,
      vpcCidr: Vpcs[0]?.CidrBlock ?? "",
      zones,
      subnets: Subnets.flatMap(({ SubnetId }) => SubnetId ?? []).sort(),
    };
  } catch (error) {
    if (!isFault(error)) throw error;
    const { code, message } = error;
    if (code === "ClientException" || code === "InternalFailure") throw error;
    throw clientFault(`ECS was unable to look up the network of the gateway: ${message}`);
  }
}
