import type { TargetGroupView } from "../../services/elasticloadbalancing/load-balancer-view.ts";
import type { ChoiceRules } from "./choose-target.ts";

/** The protocol that a target is spoken to in. */
export type TargetProtocol = "HTTP1" | "HTTP2" | "GRPC";

/** What a target group's attributes say, read once. */
export interface GroupSettings extends ChoiceRules {
  readonly protocolVersion: TargetProtocol;
  /** Whether targets are spoken to over TLS. */
  readonly secure: boolean;
  readonly stickiness: Stickiness | undefined;
  /** Milliseconds that requests under way have when a target is deregistered. */
  readonly deregistrationDelay: number;
  /** `deregistration_delay.connection_termination.enabled` */
  readonly terminateOnDeregistration: boolean;
  /** `target_health_state.unhealthy.connection_termination.enabled` */
  readonly terminateOnUnhealthy: boolean;
  /** `proxy_protocol_v2.enabled` */
  readonly proxyProtocol: boolean;
}

export interface Stickiness {
  readonly type: "lb_cookie" | "app_cookie" | "source_ip";
  /** Milliseconds. */
  readonly duration: number;
  /** The application's cookie; empty for other types. */
  readonly cookieName: string;
}

const second = 1000;

/**
 * The settings of a target group (API Reference, "TargetGroupAttribute").
 * @param balancer attributes of its load balancer: a group may leave cross-zone to it.
 */
export function groupSettings(
  { targetGroup, attributes }: Pick<TargetGroupView, "targetGroup" | "attributes">,
  balancer: Readonly<Record<string, string>>,
): GroupSettings {
  const is = (key: string): boolean => attributes[key] === "true";
  const number = (key: string, otherwise: number): number => {
    const value = Number(attributes[key]);
    return attributes[key] === undefined || Number.isNaN(value) ? otherwise : value;
  };
  const crossZone = attributes["load_balancing.cross_zone.enabled"] ?? "use_load_balancer_configuration";
  const ofBalancer = balancer["load_balancing.cross_zone.enabled"] !== "false";
  return {
    protocolVersion: protocolVersion(targetGroup.ProtocolVersion),
    secure: targetGroup.Protocol === "HTTPS" || targetGroup.Protocol === "TLS",
    algorithm: algorithm(attributes["load_balancing.algorithm.type"]),
    crossZone: crossZone === "use_load_balancer_configuration" ? ofBalancer : crossZone === "true",
    slowStart: number("slow_start.duration_seconds", 0) * second,
    leastHealthy: {
      count: number("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", 1),
      percentage: number("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", 0),
    },
    stickiness: is("stickiness.enabled") ? stickiness(attributes, number) : undefined,
    deregistrationDelay: number("deregistration_delay.timeout_seconds", 300) * second,
    terminateOnDeregistration: is("deregistration_delay.connection_termination.enabled"),
    terminateOnUnhealthy:
      attributes["target_health_state.unhealthy.connection_termination.enabled"] !== "false",
    proxyProtocol: is("proxy_protocol_v2.enabled"),
  };
}

function stickiness(
  attributes: Readonly<Record<string, string>>,
  number: (key: string, otherwise: number) => number,
): Stickiness {
  const type = attributes["stickiness.type"];
  if (type === "app_cookie") {
    return {
      type,
      duration: number("stickiness.app_cookie.duration_seconds", 86_400) * second,
      cookieName: attributes["stickiness.app_cookie.cookie_name"] ?? "",
    };
  }
  if (type === "lb_cookie") {
    return {
      type,
      duration: number("stickiness.lb_cookie.duration_seconds", 86_400) * second,
      cookieName: "",
    };
  }
  return { type: "source_ip", duration: 0, cookieName: "" };
}

function algorithm(type = ""): GroupSettings["algorithm"] {
  return type === "least_outstanding_requests" || type === "weighted_random" ? type : "round_robin";
}

function protocolVersion(version = ""): TargetProtocol {
  return version === "HTTP2" || version === "GRPC" ? version : "HTTP1";
}
