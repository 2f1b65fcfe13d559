import type * as ec2 from "@aws-sdk/client-ec2";
import type { Kind } from "./kinds.ts";

/** What is kept of each kind of resource besides the columns of its row. Ids are EC2's, times epoch ms. */

/** A CIDR block with the id of its association. */
export interface CidrAssociation {
  readonly id: string;
  readonly cidr: string;
}

export interface VpcDocument {
  /** The primary block first. */
  readonly cidrs: readonly CidrAssociation[];
  readonly dhcpOptions: string;
  readonly tenancy: "default" | "dedicated";
  readonly isDefault: boolean;
  readonly dnsSupport: boolean;
  readonly dnsHostnames: boolean;
  readonly networkAddressUsageMetrics: boolean;
}

export interface SubnetDocument {
  readonly cidr: string;
  readonly zone: string;
  readonly defaultForZone: boolean;
  readonly mapPublicIp: boolean;
  readonly hostnameType: "ip-name" | "resource-name";
  readonly dnsA: boolean;
}

export interface SecurityGroupDocument {
  readonly name: string;
  readonly description: string;
}

/** One rule; exactly one of the four sources is set. */
export interface SecurityGroupRuleDocument {
  readonly egress: boolean;
  /** `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all. */
  readonly protocol: string;
  readonly from?: number;
  readonly to?: number;
  readonly cidr?: string;
  readonly cidr6?: string;
  readonly prefixList?: string;
  readonly group?: string;
  /** The account of `group`. */
  readonly groupOwner?: string;
  readonly description?: string;
}

export interface RouteDocument {
  readonly cidr?: string;
  readonly cidr6?: string;
  readonly prefixList?: string;
  /** `local`, or an internet gateway. */
  readonly gateway?: string;
  readonly egressOnlyGateway?: string;
  readonly natGateway?: string;
  readonly networkInterface?: string;
  readonly origin: "CreateRouteTable" | "CreateRoute";
}

export interface RouteTableDocument {
  readonly routes: readonly RouteDocument[];
  /** The main association has no subnet. */
  readonly associations: readonly {
    readonly id: string;
    readonly main: boolean;
    readonly subnet?: string;
    readonly gateway?: string;
  }[];
}

/** The row's `vpc` is the VPC that the gateway is attached to. */
export type InternetGatewayDocument = Readonly<Record<string, never>>;
export type EgressOnlyGatewayDocument = Readonly<Record<string, never>>;

export interface NatGatewayDocument {
  readonly state: "available" | "deleted";
  /** Epoch ms. */
  readonly deletedAt?: number;
  readonly connectivity: "public" | "private";
  readonly networkInterface: string;
  readonly privateIp: string;
  readonly allocation?: string;
  readonly association?: string;
  readonly publicIp?: string;
}

export interface ElasticIpDocument {
  readonly publicIp: string;
  readonly association?: {
    readonly id: string;
    readonly networkInterface: string;
    readonly privateIp: string;
    /** The service that uses it (a NAT gateway), which alone may take it away. */
    readonly managedBy?: string;
  };
}

export interface NetworkInterfaceDocument {
  readonly description: string;
  readonly mac: string;
  readonly zone: string;
  /** The primary address first. */
  readonly addresses: readonly string[];
  /** By address: the public address that stands for it. */
  readonly publicAddresses: Readonly<
    Record<string, { readonly ip: string; readonly allocation?: string; readonly association?: string }>
  >;
  readonly groups: readonly { readonly id: string; readonly name: string }[];
  readonly sourceDestCheck: boolean;
  readonly type: "interface" | "natGateway";
  /** The service principal that made it for itself (`requesterManaged`). */
  readonly requester?: string;
  readonly attachment?: {
    readonly id: string;
    readonly instance?: string;
    readonly instanceOwner: string;
    readonly deviceIndex: number;
    /** Epoch ms. */
    readonly attachedAt: number;
    readonly deleteOnTermination: boolean;
  };
  readonly permissions: readonly {
    readonly id: string;
    readonly permission: string;
    readonly account?: string;
    readonly service?: string;
  }[];
}

export interface NetworkAclEntry {
  readonly rule: number;
  readonly egress: boolean;
  readonly action: "allow" | "deny";
  readonly protocol: string;
  readonly cidr?: string;
  readonly cidr6?: string;
  readonly from?: number;
  readonly to?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
}

export interface NetworkAclDocument {
  readonly isDefault: boolean;
  readonly entries: readonly NetworkAclEntry[];
  /** Subnets that were given this list; the others of the VPC have the default one. */
  readonly associations: readonly { readonly id: string; readonly subnet: string }[];
}

export interface DhcpOptionsDocument {
  readonly options: readonly { readonly key: string; readonly values: readonly string[] }[];
}

/** An instance's row has its subnet as `parent`. */
export interface InstanceDocument {
  /** `m5.large`. */
  readonly type: string;
  /** The id of its AMI. */
  readonly image: string;
  readonly architecture: "x86_64" | "arm64";
  readonly cores: number;
  readonly threadsPerCore: number;
  readonly state: "pending" | "running" | "shutting-down" | "terminated";
  /** Why it left `running` (EC2 API Reference, "StateReason"). */
  readonly stateReason?: { readonly code: string; readonly message: string };
  /** Epoch ms; set with the state `terminated`. */
  readonly terminatedAt?: number;
  /** The launch request that made it. */
  readonly reservation: string;
  readonly zone: string;
  /** Its primary interface. */
  readonly networkInterface: string;
  readonly privateIp: string;
  /** The instance profile that it was launched with. */
  readonly profile?: { readonly arn: string; readonly id: string };
  /** The service principal that manages it, which alone may change it: `ecs.amazonaws.com`. */
  readonly operator?: string;
  /** Base64, as RunInstances was given it; the machine reads it as its user data. */
  readonly userData?: string;
  /** The machine that has joined as this instance. */
  readonly host?: {
    /** Ed25519, Base64 of the 32 bytes: what the machine proves itself with. */
    readonly publicKey: string;
    /** Epoch ms. */
    readonly joinedAt: number;
  };
}

export interface LaunchTemplateDocument {
  readonly name: string;
  /** As it was sent. */
  readonly data: ec2.ResponseLaunchTemplateData;
  readonly createdBy: string;
  /** The service principal that manages it, which alone may delete it. */
  readonly operator?: string;
}

export interface FleetDocument {
  /** What the request that made it was answered: the same token is answered the same. */
  readonly answer: ec2.CreateFleetResult;
}

/** The document of each kind. */
export interface Documents extends Readonly<Record<Kind, object>> {
  readonly instance: InstanceDocument;
  readonly "launch-template": LaunchTemplateDocument;
  readonly fleet: FleetDocument;
  readonly vpc: VpcDocument;
  readonly subnet: SubnetDocument;
  readonly "security-group": SecurityGroupDocument;
  readonly "security-group-rule": SecurityGroupRuleDocument;
  readonly "route-table": RouteTableDocument;
  readonly "internet-gateway": InternetGatewayDocument;
  readonly "egress-only-internet-gateway": EgressOnlyGatewayDocument;
  readonly natgateway: NatGatewayDocument;
  readonly "elastic-ip": ElasticIpDocument;
  readonly "network-interface": NetworkInterfaceDocument;
  readonly "network-acl": NetworkAclDocument;
  readonly "dhcp-options": DhcpOptionsDocument;
}
