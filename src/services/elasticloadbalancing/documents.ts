import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { LoadBalancerNode } from "./load-balancer-view.ts";

/** The kinds of load balancers that are served. */
export type LoadBalancerType = "application" | "network";

/** What each kind of resource keeps besides its row. */
export interface Documents {
  readonly "load-balancer": LoadBalancerDocument;
  readonly listener: ListenerDocument;
  readonly rule: RuleDocument;
  readonly "target-group": TargetGroupDocument;
}

export type Kind = keyof Documents;

export interface LoadBalancerDocument {
  readonly type: LoadBalancerType;
  readonly scheme: "internet-facing" | "internal";
  readonly vpcId: string;
  readonly dnsName: string;
  readonly hostedZone: string;
  readonly state: "provisioning" | "active" | "active_impaired" | "failed";
  /** Why it has not all that it wants. */
  readonly reason?: string;
  readonly subnets: readonly ChosenSubnet[];
  /** None: a network load balancer without groups, which takes all. */
  readonly securityGroups: readonly string[];
  readonly privateLinkInbound?: "on" | "off";
  /** Only those that were set. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Those that are there; one in each subnet once it is active. */
  readonly nodes: readonly LoadBalancerNode[];
}

/** A subnet of a load balancer, and the address that it was asked to have there. */
export interface ChosenSubnet {
  readonly subnetId: string;
  readonly zone: string;
  readonly allocationId?: string;
  readonly privateIpAddress?: string;
}

export interface ListenerDocument {
  readonly protocol: elbv2.ProtocolEnum;
  readonly port: number;
  readonly sslPolicy?: string;
  /** ARNs, the default one first. */
  readonly certificates: readonly string[];
  readonly alpn?: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
}

/** A rule; the default rule of a listener holds the listener's default actions. */
export interface RuleDocument {
  readonly isDefault: boolean;
  readonly conditions: readonly elbv2.RuleCondition[];
  readonly actions: readonly elbv2.Action[];
  readonly transforms: readonly elbv2.RuleTransform[];
}

export interface TargetGroupDocument {
  readonly settings: TargetGroupSettings;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A target group as the API shows it, without what names it and what it belongs to. */
export type TargetGroupSettings = Omit<
  elbv2.TargetGroup,
  "TargetGroupArn" | "TargetGroupName" | "LoadBalancerArns" | "TargetType" | "Protocol" | "Port"
> & {
  readonly TargetType: "ip" | "instance" | "alb";
  readonly Protocol: elbv2.ProtocolEnum;
  readonly Port: number;
};
