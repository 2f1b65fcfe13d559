import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type {
  ListenerView,
  LoadBalancerView,
  TargetGroupView,
} from "../../services/elasticloadbalancing/load-balancer-view.ts";

const prefix = "arn:aws:elasticloadbalancing:us-east-1:000000000000";

export const groupArn = (name: string): string => `${prefix}:targetgroup/${name}/0123456789abcdef`;

export interface GroupGiven extends Partial<Omit<elbv2.TargetGroup, "TargetGroupArn">> {
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Ports on loopback, or whole addresses. */
  readonly targets: readonly (
    | number
    | { address?: string; port: number; draining?: boolean; zone?: string }
  )[];
}

/** A target group as the service describes it, checked often. */
export function groupView({ name = "web", attributes = {}, targets, ...given }: GroupGiven): TargetGroupView {
  return {
    targetGroup: {
      TargetGroupArn: groupArn(name),
      TargetGroupName: name,
      Protocol: "HTTP",
      ProtocolVersion: "HTTP1",
      HealthCheckProtocol: "HTTP",
      HealthCheckPath: "/",
      HealthCheckIntervalSeconds: 1,
      HealthCheckTimeoutSeconds: 1,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
      HealthCheckEnabled: true,
      Matcher: { HttpCode: "200-499" },
      TargetType: "ip",
      ...given,
    },
    attributes,
    targets: targets.map((one) => {
      const {
        address = "127.0.0.1",
        port,
        draining = false,
        zone = "us-east-1a",
      } = typeof one === "number" ? { port: one } : one;
      return {
        target: { Id: address, Port: port, AvailabilityZone: zone },
        address,
        registeredAt: 0,
        ...(draining && { drainingSince: 1 }),
      };
    }),
  };
}

export interface ListenerGiven extends Partial<Omit<elbv2.Listener, "ListenerArn">> {
  readonly name?: string;
  readonly rules?: readonly elbv2.Rule[];
  readonly attributes?: Readonly<Record<string, string>>;
  readonly certificates?: ListenerView["certificates"];
}

/** A listener; by default on a port of its own choice, all to the group `web`. */
export function listenerView({
  name = "one",
  rules,
  attributes = {},
  certificates = [],
  ...given
}: ListenerGiven): ListenerView {
  return {
    listener: {
      ListenerArn: `${prefix}:listener/app/lb/0123456789abcdef/${name}`,
      Port: 0,
      Protocol: "HTTP",
      ...given,
    },
    attributes,
    rules: rules ?? [forwardTo("web")],
    certificates,
  };
}

export const forwardTo = (...names: readonly string[]): elbv2.Rule => ({
  IsDefault: true,
  Priority: "default",
  Actions: [
    {
      Type: "forward",
      ForwardConfig: { TargetGroups: names.map((name) => ({ TargetGroupArn: groupArn(name), Weight: 1 })) },
    },
  ],
});

export interface BalancerGiven {
  readonly type?: "application" | "network";
  readonly attributes?: Readonly<Record<string, string>>;
  readonly listeners: readonly ListenerView[];
  readonly groups: readonly TargetGroupView[];
  readonly nodes?: LoadBalancerView["nodes"];
}

let version = 0;

export function balancerView({
  type = "application",
  attributes = {},
  listeners,
  groups,
  nodes = [],
}: BalancerGiven): LoadBalancerView {
  version += 1;
  return {
    account: "000000000000" as AccountId,
    region: "us-east-1" as Region,
    version,
    loadBalancer: {
      LoadBalancerArn: `${prefix}:loadbalancer/${type === "network" ? "net" : "app"}/lb/0123456789abcdef`,
      DNSName: "lb-1.us-east-1.elb.localhost",
      Type: type,
    },
    attributes,
    nodes,
    listeners,
    targetGroups: groups,
  };
}
