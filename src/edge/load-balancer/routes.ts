import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type {
  ListenerView,
  LoadBalancerView,
} from "../../services/elasticloadbalancing/load-balancer-view.ts";
import type { DesyncMode } from "./desync.ts";
import type { ForwardingRules } from "./forwarded-fields.ts";
import { linearRegex } from "./linear-regex.ts";
import { type Match, matchRule } from "./match-rule.ts";
import type { CarriedGroup } from "./targets.ts";

/** A rule of a listener, compiled. */
export interface Route {
  readonly matches: Match;
  /** `default`, or a number. */
  readonly priority: string;
  readonly action: RouteAction;
  /** What its transforms make of the host and of path and query. */
  readonly rewriteHost: Rewrite | undefined;
  readonly rewriteUrl: Rewrite | undefined;
}

export type RouteAction =
  | { readonly kind: "forward"; readonly forward: Forward }
  | { readonly kind: "redirect"; readonly config: elbv2.RedirectActionConfig; readonly status: number }
  | {
      readonly kind: "fixed-response";
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
    }
  /** An action that cannot be carried out here (authenticate-oidc and the like): never passed over. */
  | { readonly kind: "refuse" };

/** Where an action of type forward sends requests. */
export interface Forward {
  readonly groups: readonly CarriedGroup[];
  /** Of the same length. */
  readonly weights: readonly number[];
  /** Milliseconds that a client stays with a target group; 0 for no stickiness. */
  readonly stickyFor: number;
}

export type Rewrite = (text: string) => string;

/** Everything about a listener that a request's way depends on. Made anew with each change of the view. */
export interface ListenerRoutes {
  readonly routes: readonly Route[];
  readonly forwarding: ForwardingRules;
  readonly desync: DesyncMode;
  /** Milliseconds. */
  readonly idleTimeout: number;
  /** How long a client's connection may be used, in milliseconds. */
  readonly clientKeepAlive: number;
  /** Fields that are set on answers of targets, name and value in turn, by name in small letters. */
  readonly answerFields: ReadonlyMap<string, readonly [name: string, value: string]>;
  /** Whether what the load balancer answers itself says so. */
  readonly sayServer: boolean;
}

/** Compiles a listener. @param groups of the load balancer, by ARN. */
export function listenerRoutes(
  { attributes }: Pick<LoadBalancerView, "attributes">,
  view: ListenerView,
  groups: ReadonlyMap<string, CarriedGroup>,
): ListenerRoutes {
  const seconds = (key: string, otherwise: number): number => Number(attributes[key] ?? otherwise) * 1000;
  const is = (key: string): boolean => attributes[key] === "true";
  const mode = attributes["routing.http.xff_header_processing.mode"];
  const desync = attributes["routing.http.desync_mitigation_mode"];
  return {
    routes: view.rules.map((rule) => route(rule, groups)),
    forwarding: {
      forwardedFor: mode === "preserve" || mode === "remove" ? mode : "append",
      clientPort: is("routing.http.xff_client_port.enabled"),
      preserveHost: is("routing.http.preserve_host_header.enabled"),
      dropInvalid: is("routing.http.drop_invalid_header_fields.enabled"),
      tlsFields: is("routing.http.x_amzn_tls_version_and_cipher_suite.enabled"),
      protocol: view.listener.Protocol === "HTTPS" ? "https" : "http",
      port: view.listener.Port,
    },
    desync: desync === "monitor" || desync === "strictest" ? desync : "defensive",
    idleTimeout: seconds("idle_timeout.timeout_seconds", 60),
    clientKeepAlive: seconds("client_keep_alive.seconds", 3600),
    answerFields: answerFields(view.attributes),
    sayServer: view.attributes["routing.http.response.server.enabled"] !== "false",
  };
}

function route(rule: elbv2.Rule, groups: ReadonlyMap<string, CarriedGroup>): Route {
  const transforms = rule.Transforms ?? [];
  return {
    matches: rule.IsDefault === true ? () => true : matchRule(rule.Conditions ?? []),
    priority: rule.IsDefault === true ? "0" : (rule.Priority ?? "0"),
    action: action(rule.Actions ?? [], groups),
    rewriteHost: rewrite(transforms.flatMap((one) => one.HostHeaderRewriteConfig?.Rewrites ?? [])),
    rewriteUrl: rewrite(transforms.flatMap((one) => one.UrlRewriteConfig?.Rewrites ?? [])),
  };
}

/** The last action by order is the one that answers; one before it that is not carried out here is not passed over. */
function action(actions: readonly elbv2.Action[], groups: ReadonlyMap<string, CarriedGroup>): RouteAction {
  const [first] = [...actions].sort((a, b) => (a.Order ?? 1) - (b.Order ?? 1));
  switch (first?.Type) {
    case "forward":
      return { kind: "forward", forward: forward(first, groups) };
    case "redirect":
      return first.RedirectConfig === undefined
        ? { kind: "refuse" }
        : {
            kind: "redirect",
            config: first.RedirectConfig,
            status: first.RedirectConfig.StatusCode === "HTTP_301" ? 301 : 302,
          };
    case "fixed-response": {
      const {
        StatusCode = "200",
        ContentType = "text/plain",
        MessageBody = "",
      } = first.FixedResponseConfig ?? {};
      return {
        kind: "fixed-response",
        status: Number(StatusCode),
        // AWS: said of every type that a fixed response can have (captured).
        contentType: `${ContentType}; charset=utf-8`,
        body: MessageBody,
      };
    }
    default:
      return { kind: "refuse" };
  }
}

function forward(given: elbv2.Action, groups: ReadonlyMap<string, CarriedGroup>): Forward {
  const config = given.ForwardConfig;
  const tuples = config?.TargetGroups ?? [{ TargetGroupArn: given.TargetGroupArn, Weight: 1 }];
  const found = tuples.flatMap(({ TargetGroupArn = "", Weight = 1 }) => {
    const group = groups.get(TargetGroupArn);
    return group === undefined ? [] : [{ group, weight: tuples.length === 1 ? 1 : Weight }];
  });
  const sticky = config?.TargetGroupStickinessConfig;
  return {
    groups: found.map(({ group }) => group),
    weights: found.map(({ weight }) => weight),
    stickyFor: sticky?.Enabled === true ? (sticky.DurationSeconds ?? 3600) * 1000 : 0,
  };
}

/** A transform replaces what its expression finds first; `$1` stands for a group of it. */
function rewrite(rewrites: readonly elbv2.RewriteConfig[]): Rewrite | undefined {
  const steps = rewrites.flatMap(({ Regex = "", Replace = "" }) => {
    const regex = linearRegex(Regex);
    return regex === undefined ? [] : [(text: string) => text.replace(regex, Replace)];
  });
  return steps.length === 0 ? undefined : (text) => steps.reduce((now, step) => step(now), text);
}

/** API Reference, "ListenerAttribute": fields that a listener sets on answers, by the attribute's name. */
const settable: Readonly<Record<string, string>> = {
  strict_transport_security: "Strict-Transport-Security",
  access_control_allow_origin: "Access-Control-Allow-Origin",
  access_control_allow_methods: "Access-Control-Allow-Methods",
  access_control_allow_headers: "Access-Control-Allow-Headers",
  access_control_allow_credentials: "Access-Control-Allow-Credentials",
  access_control_expose_headers: "Access-Control-Expose-Headers",
  access_control_max_age: "Access-Control-Max-Age",
  content_security_policy: "Content-Security-Policy",
  x_content_type_options: "X-Content-Type-Options",
  x_frame_options: "X-Frame-Options",
};

function answerFields(
  attributes: Readonly<Record<string, string>>,
): ReadonlyMap<string, readonly [string, string]> {
  const set = Object.entries(settable).flatMap(([key, name]) => {
    const value = attributes[`routing.http.response.${key}.header_value`];
    return value === undefined || value === "" ? [] : [[name.toLowerCase(), [name, value]] as const];
  });
  return new Map(set);
}
