import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { invalidConfiguration, notServed, validation } from "../faults.ts";
import { limits } from "../limits.ts";
import { type LoadBalancer, needResource } from "../resource.ts";
import { checkCompatible } from "./compatible.ts";

/** The listener that actions are for. */
export interface ActionPlace {
  readonly loadBalancer: LoadBalancer;
  readonly protocol: elbv2.ProtocolEnum;
}

/**
 * Checks the actions of a rule, or of a listener by default, and fills in what AWS fills in.
 * @throws Fault `InvalidLoadBalancerAction`, `TooManyActions`, `TargetGroupNotFound`, `IncompatibleProtocols` …
 */
export async function checkActions(
  rows: Rows,
  { loadBalancer, protocol }: ActionPlace,
  given: readonly elbv2.Action[],
): Promise<readonly elbv2.Action[]> {
  if (given.length === 0) throw validation("At least one action must be specified");
  for (const { Type } of given) refuseForeign(Type);
  // What comes before the last action of a rule authenticates, and that is not served.
  const [action, ...more] = given;
  if (action === undefined || more.length > 0) {
    throw new Fault(
      "TooManyActions",
      "You can specify only one of forward, redirect and fixed-response actions",
    );
  }
  if (loadBalancer.document.type === "network" && action.Type !== "forward") {
    throw badAction(`Action type '${action.Type}' is not supported for a Network Load Balancer`);
  }
  const order = action.Order === undefined ? {} : { Order: action.Order };
  switch (action.Type) {
    case "redirect":
      return [{ Type: "redirect", ...order, RedirectConfig: checkRedirect(action.RedirectConfig) }];
    case "fixed-response":
      return [
        {
          Type: "fixed-response",
          ...order,
          FixedResponseConfig: checkFixedResponse(action.FixedResponseConfig),
        },
      ];
    default: {
      const forward = checkForward(action);
      const groups = forward.TargetGroups ?? [];
      for (const { TargetGroupArn } of groups) {
        const group = await needResource(rows, loadBalancer, "target-group", TargetGroupArn);
        checkCompatible(group, loadBalancer, protocol);
      }
      const [only, another] = groups;
      return [
        {
          Type: "forward",
          ...order,
          ...(another === undefined && { TargetGroupArn: only?.TargetGroupArn }),
          ForwardConfig: forward,
        },
      ];
    }
  }
}

function refuseForeign(type: elbv2.ActionTypeEnum | undefined): void {
  if (type === "authenticate-cognito" || type === "authenticate-oidc" || type === "jwt-validation") {
    throw notServed(`The action '${type}'`);
  }
}

function badAction(message: string): Fault {
  return new Fault("InvalidLoadBalancerAction", message);
}

/** A forward action names one group, or several with weights; both ways only when they say the same. */
function checkForward({ TargetGroupArn, ForwardConfig }: elbv2.Action): elbv2.ForwardActionConfig {
  const tuples = ForwardConfig?.TargetGroups ?? [];
  if (tuples.length === 0 && TargetGroupArn === undefined) {
    throw validation("A target group ARN must be specified");
  }
  const disagree = tuples.length !== 1 || tuples[0]?.TargetGroupArn !== TargetGroupArn;
  if (TargetGroupArn !== undefined && tuples.length > 0 && disagree) {
    throw badAction(
      "You can specify only one of TargetGroupArn and ForwardConfig, unless both name one target group",
    );
  }
  const groups = tuples.length > 0 ? tuples : [{ TargetGroupArn }];
  if (groups.length > limits.targetGroupsPerAction) {
    throw new Fault(
      "TooManyUniqueTargetGroupsPerLoadBalancer",
      `You can specify up to ${limits.targetGroupsPerAction} target groups per action`,
    );
  }
  const arns = groups.map((group) => group.TargetGroupArn);
  if (new Set(arns).size < arns.length) throw badAction("Each target group can be specified only once");
  if (groups.some(({ Weight = 1 }) => Weight < 0 || Weight > 999)) {
    throw validation("Weight must be between 0 and 999");
  }
  const { Enabled = false, DurationSeconds } = ForwardConfig?.TargetGroupStickinessConfig ?? {};
  if (Enabled && (DurationSeconds === undefined || DurationSeconds < 1 || DurationSeconds > 604_800)) {
    throw validation("Target group stickiness duration must be between 1 and 604800 seconds");
  }
  return {
    TargetGroups: groups.map((group) => ({
      TargetGroupArn: group.TargetGroupArn,
      Weight: group.Weight ?? 1,
    })),
    TargetGroupStickinessConfig: { Enabled, ...(DurationSeconds !== undefined && { DurationSeconds }) },
  };
}

/** What a redirect leaves as it was (API Reference, "RedirectActionConfig"). */
const same = {
  Protocol: "#{protocol}",
  Host: "#{host}",
  Port: "#{port}",
  Path: "/#{path}",
  Query: "#{query}",
} as const;

function checkRedirect(given: elbv2.RedirectActionConfig | undefined): elbv2.RedirectActionConfig {
  if (given === undefined) throw badAction("A redirect action requires a redirect configuration");
  const Protocol = given.Protocol ?? same.Protocol;
  const Host = given.Host ?? same.Host;
  const Port = given.Port ?? same.Port;
  const Path = given.Path ?? same.Path;
  const Query = given.Query ?? same.Query;
  const redirect = { Protocol, Host, Port, Path, Query, StatusCode: given.StatusCode };
  if (Port !== same.Port && !isPort(Port)) {
    throw badAction(`Port '${Port.slice(0, 32)}' of a redirect must be from 1 to 65535, or #{port}`);
  }
  if (!Path.startsWith("/")) throw badAction(`Path '${Path}' of a redirect must begin with '/'`);
  if (Query.startsWith("?")) throw badAction("Query of a redirect is given without its leading '?'");
  const unknown = [Host, Path, Query]
    .flatMap((text) => text.match(/#\{[^}]*\}?/g) ?? [])
    .find((part) => !/^#\{(protocol|host|port|path|query)\}$/.test(part));
  if (unknown !== undefined) throw badAction(`'${unknown}' is not a part that a redirect can keep`);
  // API Reference: at least one of protocol, host, port and path must change, or it would go in a circle.
  const changed = (["Protocol", "Host", "Port", "Path"] as const).some(
    (part) => redirect[part] !== same[part],
  );
  if (!changed) {
    throw badAction("The redirect must change at least one of protocol, host, port and path to avoid a loop");
  }
  return redirect;
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

/** API Reference, "FixedResponseActionConfig". */
const contentTypes = ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];

function checkFixedResponse(
  given: elbv2.FixedResponseActionConfig | undefined,
): elbv2.FixedResponseActionConfig {
  if (given === undefined) throw badAction("A fixed-response action requires a fixed response configuration");
  const { ContentType } = given;
  if (ContentType !== undefined && ContentType !== "" && !contentTypes.includes(ContentType)) {
    throw invalidConfiguration(
      `The content type '${ContentType}' must be one of '${contentTypes.join(", ")}'`,
    );
  }
  return given;
}
