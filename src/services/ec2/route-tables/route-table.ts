import type * as ec2 from "@aws-sdk/client-ec2";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { contains, needCidr, readCidr } from "../cidr.ts";
import type { RouteDocument, RouteTableDocument } from "../documents.ts";
import { missingParameter, unsupported } from "../faults.ts";
import { absent, kindOf } from "../kinds.ts";
import { findResource, needResource, type Resource } from "../resource.ts";
import { readBlock, readBlock6 } from "../security-groups/permission.ts";
import { wireTags } from "../tags/tags.ts";

/** A route table of a VPC. */
export type RouteTable = Resource<"route-table">;

/** A route as requests describe it. */
export type RequestedRoute = Pick<
  ec2.CreateRouteRequest,
  | "DestinationCidrBlock"
  | "DestinationIpv6CidrBlock"
  | "DestinationPrefixListId"
  | "GatewayId"
  | "EgressOnlyInternetGatewayId"
  | "NatGatewayId"
  | "NetworkInterfaceId"
  | "InstanceId"
  | "VpcEndpointId"
  | "TransitGatewayId"
  | "LocalGatewayId"
  | "CarrierGatewayId"
  | "CoreNetworkArn"
  | "OdbNetworkArn"
  | "VpcPeeringConnectionId"
>;

type Destination = Pick<RouteDocument, "cidr" | "cidr6">;

/** Throws `MissingParameter`, `InvalidParameterValue`, `UnsupportedOperation`. */
export function readDestination(wanted: RequestedRoute): Destination {
  if (wanted.DestinationPrefixListId !== undefined) throw unsupported("A prefix list");
  if (wanted.DestinationCidrBlock !== undefined) return { cidr: readBlock(wanted.DestinationCidrBlock) };
  if (wanted.DestinationIpv6CidrBlock !== undefined) {
    return { cidr6: readBlock6(wanted.DestinationIpv6CidrBlock) };
  }
  throw missingParameter("destinationCidrBlock or destinationIpv6CidrBlock");
}

export function sameDestination(a: Destination, b: Destination): boolean {
  return a.cidr === b.cidr && a.cidr6 === b.cidr6;
}

/** The block of a route, for faults. */
export function destinationText({ cidr, cidr6 }: Destination): string {
  return cidr ?? cidr6 ?? "";
}

/**
 * A route as a request describes it. Throws `MissingParameter`, `InvalidParameterValue`, the target's `…NotFound`,
 * and `UnsupportedOperation` for targets that are not kept here.
 */
export async function readRoute(
  rows: Rows,
  table: RouteTable,
  wanted: RequestedRoute,
): Promise<RouteDocument> {
  const destination = readDestination(wanted);
  const absentHere = [
    wanted.VpcEndpointId,
    wanted.TransitGatewayId,
    wanted.LocalGatewayId,
    wanted.CarrierGatewayId,
    wanted.CoreNetworkArn,
    wanted.OdbNetworkArn,
    wanted.VpcPeeringConnectionId,
  ];
  if (absentHere.some((target) => target !== undefined)) {
    throw unsupported("A route to anything but an internet gateway, a NAT gateway or a network interface");
  }
  if (wanted.InstanceId !== undefined) {
    throw new Fault("InvalidInstanceID.NotFound", `The instance ID '${wanted.InstanceId}' does not exist`);
  }
  const { GatewayId, NatGatewayId, NetworkInterfaceId, EgressOnlyInternetGatewayId } = wanted;
  const origin = "CreateRoute" as const;
  if (GatewayId !== undefined) {
    const gateway =
      kindOf(GatewayId) === "internet-gateway"
        ? await findResource(rows, table, "internet-gateway", GatewayId)
        : undefined;
    if (gateway === undefined) throw absent("internet-gateway", GatewayId);
    if (gateway.vpc !== table.vpc) {
      throw new Fault(
        "InvalidParameterValue",
        `route table ${table.id} and network gateway ${GatewayId} belong to different networks`,
      );
    }
    return { ...destination, gateway: gateway.id, origin };
  }
  if (EgressOnlyInternetGatewayId !== undefined) {
    const found = await needResource(
      rows,
      table,
      "egress-only-internet-gateway",
      EgressOnlyInternetGatewayId,
    );
    return { ...destination, egressOnlyGateway: found.id, origin };
  }
  if (NatGatewayId !== undefined) {
    const found = await needResource(rows, table, "natgateway", NatGatewayId);
    if (found.document.state !== "available") throw absent("natgateway", NatGatewayId);
    return { ...destination, natGateway: found.id, origin };
  }
  if (NetworkInterfaceId !== undefined) {
    const found = await needResource(rows, table, "network-interface", NetworkInterfaceId);
    return { ...destination, networkInterface: found.id, origin };
  }
  throw missingParameter("gatewayId, natGatewayId, networkInterfaceId or egressOnlyInternetGatewayId");
}

/** Throws when the route would take traffic from within the VPC elsewhere. */
export function checkOutsideVpc(table: RouteTable, route: RouteDocument): void {
  if (route.cidr === undefined) return;
  const wanted = needCidr("destinationCidrBlock", route.cidr);
  const locals = table.document.routes.filter(({ gateway }) => gateway === "local");
  const inside = locals.some(({ cidr }) => contains(readCidr(cidr ?? "") ?? wanted, wanted));
  if (inside && route.networkInterface === undefined && route.natGateway === undefined) {
    throw new Fault(
      "InvalidParameterValue",
      `The destination CIDR block ${route.cidr} is equal to or more specific than one of this VPC's CIDR blocks. This route can target only an interface or an instance.`,
    );
  }
}

/** As answers show it. A route whose target is gone is a `blackhole`. */
export function wireTable(table: RouteTable, isThere: (target: string) => boolean): ec2.RouteTable {
  return {
    RouteTableId: table.id,
    VpcId: table.vpc,
    OwnerId: table.account,
    Routes: table.document.routes.map((route) => wireRoute(route, isThere)),
    Associations: table.document.associations.map((one) => wireAssociation(table, one)),
    PropagatingVgws: [],
    Tags: wireTags(table.tags),
  };
}

function wireRoute(route: RouteDocument, isThere: (target: string) => boolean): ec2.Route {
  const target = route.gateway ?? route.natGateway ?? route.networkInterface ?? route.egressOnlyGateway ?? "";
  return {
    DestinationCidrBlock: route.cidr,
    DestinationIpv6CidrBlock: route.cidr6,
    GatewayId: route.gateway,
    EgressOnlyInternetGatewayId: route.egressOnlyGateway,
    NatGatewayId: route.natGateway,
    NetworkInterfaceId: route.networkInterface,
    State: target === "local" || isThere(target) ? "active" : "blackhole",
    Origin: route.origin,
  };
}

function wireAssociation(
  table: RouteTable,
  { id, main, subnet, gateway }: RouteTableDocument["associations"][number],
): ec2.RouteTableAssociation {
  return {
    RouteTableAssociationId: id,
    RouteTableId: table.id,
    Main: main,
    SubnetId: subnet,
    GatewayId: gateway,
    AssociationState: { State: "associated" },
  };
}
