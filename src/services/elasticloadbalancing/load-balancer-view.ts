import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { AccountId, Region } from "../../kernel/brand.ts";

/**
 * A load balancer as what carries its traffic sees it: all that a request's way depends on, in one piece. The same
 * shapes as the API's, so that nothing has a second name.
 */
export interface LoadBalancerView {
  readonly account: AccountId;
  readonly region: Region;
  /** Grows with every change of the load balancer, its listeners, rules, target groups or targets. */
  readonly version: number;
  readonly loadBalancer: elbv2.LoadBalancer & {
    readonly LoadBalancerArn: string;
    readonly DNSName: string;
    readonly Type: elbv2.LoadBalancerTypeEnum;
  };
  /** By key (`idle_timeout.timeout_seconds`), defaults filled in. */
  readonly attributes: Readonly<Record<string, string>>;
  /** One in each subnet. */
  readonly nodes: readonly LoadBalancerNode[];
  readonly listeners: readonly ListenerView[];
  /** Those that a rule or default action names. */
  readonly targetGroups: readonly TargetGroupView[];
}

/** Where the load balancer stands in a subnet: an interface of its own. */
export interface LoadBalancerNode {
  readonly networkInterfaceId: string;
  readonly privateIpAddress: string;
  readonly subnetId: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  /** Of one that faces the internet: the address that EC2 would give it there. */
  readonly publicIpAddress?: string;
}

/** A listener with its rules, in the order in which they are asked; the default rule is last. */
export interface ListenerView {
  readonly listener: elbv2.Listener & { readonly ListenerArn: string; readonly Port: number };
  readonly attributes: Readonly<Record<string, string>>;
  readonly rules: readonly elbv2.Rule[];
  /** The default certificate first. */
  readonly certificates: readonly ListenerCertificate[];
}

/** A certificate of a listener, with what proves it. */
export interface ListenerCertificate {
  readonly certificateArn: string;
  /** PEM: the certificate, then its chain. */
  readonly certificate: string;
  /** PEM. Never logged, never in an answer of the API. */
  readonly privateKey: string;
}

export interface TargetGroupView {
  readonly targetGroup: elbv2.TargetGroup & { readonly TargetGroupArn: string };
  readonly attributes: Readonly<Record<string, string>>;
  readonly targets: readonly TargetView[];
}

export interface TargetView {
  /** As RegisterTargets was given it, with the port filled in. */
  readonly target: elbv2.TargetDescription & { readonly Id: string; readonly Port: number };
  /** Where it is reached: the address itself, an instance's address, a load balancer's node. */
  readonly address: string;
  /** Epoch ms: since when it is registered (slow start counts from its first healthy answer). */
  readonly registeredAt: number;
  /** Epoch ms: since when it drains; absent while it takes new connections. */
  readonly drainingSince?: number;
}

/** What a health check found, as DescribeTargetHealth says it. */
export interface TargetHealthReport {
  readonly targetGroupArn: string;
  readonly target: { readonly Id: string; readonly Port: number };
  readonly state: "initial" | "healthy" | "unhealthy";
  /** `Target.ResponseCodeMismatch`, `Target.Timeout`, `Target.FailedHealthChecks`, `Elb.InitialHealthChecking` … */
  readonly reason?: elbv2.TargetHealthReasonEnum;
  readonly description?: string;
}
