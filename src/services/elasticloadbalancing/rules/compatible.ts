import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { Fault } from "../../../kernel/fault.ts";
import { invalidConfiguration } from "../faults.ts";
import type { LoadBalancer, TargetGroup } from "../resource.ts";

/** Which protocols of target groups a listener's protocol goes with (User Guides, "Routing configuration"). */
const groupsFor: Readonly<Record<string, readonly string[]>> = {
  HTTP: ["HTTP", "HTTPS"],
  HTTPS: ["HTTP", "HTTPS"],
  TCP: ["TCP", "TCP_UDP"],
  TLS: ["TCP", "TLS"],
  UDP: ["UDP", "TCP_UDP"],
  TCP_UDP: ["TCP_UDP"],
};

/**
 * Checks that a listener can send to a target group.
 * @throws Fault `IncompatibleProtocols`, `InvalidConfigurationRequest`.
 */
export function checkCompatible(
  { arn, document: { settings } }: TargetGroup,
  loadBalancer: LoadBalancer,
  protocol: elbv2.ProtocolEnum,
): void {
  // Ours: the rules are AWS's.
  if (!groupsFor[protocol]?.includes(settings.Protocol)) {
    throw new Fault(
      "IncompatibleProtocols",
      `The protocol '${settings.Protocol}' of target group '${arn}' cannot be used with a listener with the protocol '${protocol}'`,
    );
  }
  const version = settings.ProtocolVersion ?? "HTTP1";
  if (protocol === "HTTP" && version !== "HTTP1") {
    throw new Fault(
      "IncompatibleProtocols",
      `A target group with the protocol version '${version}' can only be used with an HTTPS listener`,
    );
  }
  if (settings.TargetType === "alb" && protocol !== "TCP") {
    throw new Fault(
      "IncompatibleProtocols",
      "A target group of the type 'alb' can only be used with a TCP listener",
    );
  }
  if (settings.VpcId !== loadBalancer.document.vpcId) {
    throw invalidConfiguration(
      `Target group '${arn}' is not in the same VPC as load balancer '${loadBalancer.arn}'`,
    );
  }
}
