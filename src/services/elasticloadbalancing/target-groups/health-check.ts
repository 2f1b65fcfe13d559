import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { TargetGroupSettings } from "../documents.ts";
import { validation } from "../faults.ts";

/** How the targets of a group are checked. */
type HealthCheck = Pick<
  TargetGroupSettings,
  | "HealthCheckProtocol"
  | "HealthCheckPort"
  | "HealthCheckEnabled"
  | "HealthCheckPath"
  | "HealthCheckIntervalSeconds"
  | "HealthCheckTimeoutSeconds"
  | "HealthyThresholdCount"
  | "UnhealthyThresholdCount"
  | "Matcher"
>;

/** What a health check follows from. */
export type Checked = Pick<TargetGroupSettings, "Protocol" | "TargetType"> & {
  readonly ProtocolVersion?: string | undefined;
};

/**
 * A health check with its defaults (User Guides, "Health checks for your target groups"), from what is given and what it
 * was before.
 * @throws Fault `ValidationError`
 */
export function checkHealthCheck(of: Checked, given: HealthCheck, had: HealthCheck = {}): HealthCheck {
  const isApplication = of.Protocol === "HTTP" || of.Protocol === "HTTPS";
  const protocol =
    given.HealthCheckProtocol ??
    had.HealthCheckProtocol ??
    (isApplication || of.TargetType === "alb" ? "HTTP" : "TCP");
  const allowed = isApplication || of.TargetType === "alb" ? ["HTTP", "HTTPS"] : ["TCP", "HTTP", "HTTPS"];
  if (!allowed.includes(protocol)) {
    throw validation(`Health check protocol '${protocol}' must be one of '${allowed.join(", ")}'`);
  }
  if (given.HealthCheckEnabled === false) {
    throw validation(
      "Health check enabled must be true for target groups with target type 'ip', 'instance' or 'alb'",
    );
  }
  const isHttp = protocol !== "TCP";
  const isGrpc = of.ProtocolVersion === "GRPC";
  const path = given.HealthCheckPath ?? had.HealthCheckPath ?? (isGrpc ? "/AWS.ALB/healthcheck" : "/");
  if (!isHttp && (given.HealthCheckPath ?? given.Matcher?.HttpCode) !== undefined) {
    throw validation(
      "Health check path and matcher cannot be specified for health checks with the protocol 'TCP'",
    );
  }
  if (isHttp && !/^\/[\x21-\x7e]{0,1023}$/.test(path)) {
    throw validation(
      `Health check path '${path.slice(0, 128)}' must begin with a '/' character and contain no spaces`,
    );
  }
  const port = given.HealthCheckPort ?? had.HealthCheckPort ?? "traffic-port";
  if (port !== "traffic-port" && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    throw validation(
      `Health check port '${port.slice(0, 32)}' must be in the range 1-65535, or traffic-port`,
    );
  }
  const interval = given.HealthCheckIntervalSeconds ?? had.HealthCheckIntervalSeconds ?? 30;
  const timeout =
    given.HealthCheckTimeoutSeconds ?? had.HealthCheckTimeoutSeconds ?? (isApplication ? 5 : isHttp ? 6 : 10);
  if (timeout >= interval && given.HealthCheckTimeoutSeconds !== undefined) {
    throw validation(`Health check timeout '${timeout}' must be smaller than the interval '${interval}'`);
  }
  return {
    HealthCheckProtocol: protocol,
    HealthCheckPort: port,
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: interval,
    // An interval shorter than the timeout by default: what waits longer than the interval is late all the same.
    HealthCheckTimeoutSeconds: Math.min(timeout, Math.max(interval - 1, 2)),
    HealthyThresholdCount: given.HealthyThresholdCount ?? had.HealthyThresholdCount ?? 5,
    UnhealthyThresholdCount: given.UnhealthyThresholdCount ?? had.UnhealthyThresholdCount ?? 2,
    ...(isHttp && {
      HealthCheckPath: path,
      Matcher: checkMatcher(
        of,
        given.Matcher ?? (had.HealthCheckProtocol === protocol ? had.Matcher : undefined),
      ),
    }),
  };
}

/** API Reference, "Matcher": codes, ranges of codes, or several of either. */
const codes = /^\d{1,3}(-\d{1,3})?(,\d{1,3}(-\d{1,3})?)*$/;

function checkMatcher(
  { Protocol, ProtocolVersion }: Checked,
  given: elbv2.Matcher | undefined,
): elbv2.Matcher {
  const isApplication = Protocol === "HTTP" || Protocol === "HTTPS";
  const isGrpc = ProtocolVersion === "GRPC";
  if (given?.GrpcCode !== undefined && given.HttpCode !== undefined) {
    throw validation("You can specify either an HTTP code or a gRPC code");
  }
  if (isGrpc) {
    if (given?.HttpCode !== undefined)
      throw validation("An HTTP code cannot be specified for gRPC target groups");
    const GrpcCode = given?.GrpcCode ?? "12";
    if (!inRange(GrpcCode, 0, 99))
      throw validation("Health check matcher GRPC code must be within '0-99' inclusive");
    return { GrpcCode };
  }
  if (given?.GrpcCode !== undefined) {
    throw validation("A gRPC code can only be specified for gRPC target groups");
  }
  const most = isApplication ? 499 : 599;
  const HttpCode = given?.HttpCode ?? (isApplication ? "200" : "200-399");
  if (!inRange(HttpCode, 200, most)) {
    throw validation(
      `Health check matcher HTTP code '${HttpCode.slice(0, 64)}' must be within '200-${most}' inclusive`,
    );
  }
  return { HttpCode };
}

function inRange(text: string, least: number, most: number): boolean {
  return (
    text.length <= 256 &&
    codes.test(text) &&
    text.split(",").every((part) => {
      const [from = "", to = from] = part.split("-");
      return Number(from) >= least && Number(to) <= most && Number(from) <= Number(to);
    })
  );
}
