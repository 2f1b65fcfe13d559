import { type AttributeTable, onOff } from "../attribute-table.ts";
import type { TargetGroupSettings } from "../documents.ts";

const off = { default: "false", values: onOff };
const seconds = { default: "86400", values: { min: 1, max: 604_800 } };

/** Kept; what it would be for (failing over by DNS, or to all targets) is decided by the last healthy target alone. */
const healthOfGroup: AttributeTable = {
  "target_group_health.dns_failover.minimum_healthy_targets.count": {
    default: "1",
    values: { min: 1, max: 1_000_000, or: "off" },
  },
  "target_group_health.dns_failover.minimum_healthy_targets.percentage": {
    default: "off",
    values: { min: 1, max: 100, or: "off" },
  },
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": {
    default: "1",
    values: { min: 1, max: 1_000_000 },
  },
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": {
    default: "off",
    values: { min: 1, max: 100, or: "off" },
  },
};

const ofAll: AttributeTable = {
  ...healthOfGroup,
  "deregistration_delay.timeout_seconds": { default: "300", values: { min: 0, max: 3_600 } },
  "load_balancing.cross_zone.enabled": {
    default: "use_load_balancer_configuration",
    values: ["true", "false", "use_load_balancer_configuration"],
  },
  "stickiness.enabled": off,
};

const ofApplication: AttributeTable = {
  ...ofAll,
  // Anomalies are not looked for here.
  "load_balancing.algorithm.anomaly_mitigation": { default: "off", values: ["off"] },
  "load_balancing.algorithm.type": {
    default: "round_robin",
    values: ["round_robin", "least_outstanding_requests", "weighted_random"],
  },
  "slow_start.duration_seconds": { default: "0", values: { min: 30, max: 900, or: "0" } },
  "stickiness.app_cookie.cookie_name": {
    default: "",
    values: { longest: 256, form: /^(?!AWSALB(APP|TG)?$)[!#$%&'*+.^_`|~0-9A-Za-z-]*$/ },
  },
  "stickiness.app_cookie.duration_seconds": seconds,
  "stickiness.lb_cookie.duration_seconds": seconds,
  "stickiness.type": { default: "lb_cookie", values: ["lb_cookie", "app_cookie"] },
};

const ofNetwork: AttributeTable = {
  ...ofAll,
  "deregistration_delay.connection_termination.enabled": off,
  "proxy_protocol_v2.enabled": off,
  "stickiness.type": { default: "source_ip", values: ["source_ip"] },
  "target_health_state.unhealthy.connection_termination.enabled": { default: "true", values: onOff },
  "target_health_state.unhealthy.draining_interval_seconds": {
    default: "0",
    values: { min: 0, max: 360_000 },
  },
};

/** The attributes of a target group (API Reference, "TargetGroupAttribute"). */
export function targetGroupAttributes({ Protocol, TargetType }: TargetGroupSettings): AttributeTable {
  if (Protocol === "HTTP" || Protocol === "HTTPS") return ofApplication;
  // API Reference: on for instances and UDP, and then it cannot be turned off for UDP.
  const isUdp = Protocol === "UDP" || Protocol === "TCP_UDP";
  const preserved = {
    default: String(TargetType !== "ip" || isUdp),
    values: isUdp || TargetType === "alb" ? ["true"] : onOff,
  };
  return { ...ofNetwork, "preserve_client_ip.enabled": preserved };
}
