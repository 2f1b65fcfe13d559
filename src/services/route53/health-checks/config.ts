import type * as route53 from "@aws-sdk/client-route-53";
import { invalidInput } from "../faults.ts";

/** Types that look at an endpoint. */
const endpointTypes: ReadonlySet<string> = new Set([
  "HTTP",
  "HTTPS",
  "HTTP_STR_MATCH",
  "HTTPS_STR_MATCH",
  "TCP",
]);

/** Whether a check looks at an endpoint, rather than at other checks or an alarm. */
export function looksAtEndpoint({ Type }: route53.HealthCheckConfig): boolean {
  return endpointTypes.has(Type ?? "");
}

/**
 * Fills in AWS's defaults (API Reference, "HealthCheckConfig"). Throws `InvalidInput` when members do not go together; the
 * words are ours.
 */
export function completeConfig(given: route53.HealthCheckConfig): route53.HealthCheckConfig {
  const { Type: type } = given;
  const common = { ...given, Inverted: given.Inverted ?? false, Disabled: given.Disabled ?? false };
  if (type === "RECOVERY_CONTROL") {
    throw invalidInput(
      "Health checks of type RECOVERY_CONTROL need routing controls, which are not served here.",
    );
  }
  if (type === "CALCULATED") {
    need(given, type, "ChildHealthChecks", "HealthThreshold");
    return common;
  }
  if (type === "CLOUDWATCH_METRIC") {
    need(given, type, "AlarmIdentifier", "InsufficientDataHealthStatus");
    return common;
  }
  const byText = type === "HTTP_STR_MATCH" || type === "HTTPS_STR_MATCH";
  if (byText) need(given, type, "SearchString");
  else refuse(given, type, "SearchString");
  refuse(
    given,
    type,
    "ChildHealthChecks",
    "HealthThreshold",
    "AlarmIdentifier",
    "InsufficientDataHealthStatus",
  );
  if (type === "TCP") {
    need(given, type, "Port");
    refuse(given, type, "ResourcePath");
  }
  if (given.IPAddress === undefined && given.FullyQualifiedDomainName === undefined)
    throw invalidInput(`Health checks of type ${type} need IPAddress or FullyQualifiedDomainName.`);
  if (given.RequestInterval !== undefined && given.RequestInterval !== 10 && given.RequestInterval !== 30)
    throw invalidInput("RequestInterval must be 10 or 30.");
  const secure = type === "HTTPS" || type === "HTTPS_STR_MATCH";
  return {
    ...common,
    Port: given.Port ?? (secure ? 443 : 80),
    RequestInterval: given.RequestInterval ?? 30,
    FailureThreshold: given.FailureThreshold ?? 3,
    MeasureLatency: given.MeasureLatency ?? false,
    ...(type !== "TCP" && { EnableSNI: given.EnableSNI ?? secure }),
  };
}

type Member = keyof route53.HealthCheckConfig;

function need(given: route53.HealthCheckConfig, type: string, ...members: readonly Member[]): void {
  const absent = members.find((member) => given[member] === undefined);
  if (absent !== undefined) throw invalidInput(`Health checks of type ${type} need ${absent}.`);
}

function refuse(
  given: route53.HealthCheckConfig,
  type: string | undefined,
  ...members: readonly Member[]
): void {
  // Clients send empty lists for what they leave out.
  const strange = members.find((member) => {
    const value = given[member];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
  if (strange !== undefined) throw invalidInput(`Health checks of type ${type} have no ${strange}.`);
}
