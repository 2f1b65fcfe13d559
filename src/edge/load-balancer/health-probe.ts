import { connect, isIPv6 } from "node:net";
import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { matcher, type ProbeResult } from "./health.ts";
import type { TargetConnecting, TargetConnections, TargetRequest } from "./target-answer.ts";
import { http1Connections } from "./target-http1.ts";
import { http2Connections } from "./target-http2.ts";

/** How a target group wants its targets checked. */
export interface ProbeSettings {
  readonly protocol: "HTTP" | "HTTPS" | "TCP";
  readonly version: "HTTP1" | "HTTP2" | "GRPC";
  /** `traffic-port` when left out. */
  readonly port: number | undefined;
  readonly path: string;
  /** Milliseconds. */
  readonly interval: number;
  readonly timeout: number;
  /** A code of HTTP, or of gRPC. */
  matches(code: number): boolean;
}

/** Reads the settings of a target group (API Reference, "TargetGroup"), with AWS's defaults. */
export function probeSettings(group: elbv2.TargetGroup): ProbeSettings {
  const { HealthCheckProtocol: protocol = "HTTP", HealthCheckPort: port = "traffic-port" } = group;
  const version =
    group.ProtocolVersion === "HTTP2" || group.ProtocolVersion === "GRPC" ? group.ProtocolVersion : "HTTP1";
  const codes = group.Matcher?.GrpcCode ?? group.Matcher?.HttpCode ?? (version === "GRPC" ? "12" : "200");
  return {
    protocol: protocol === "HTTP" || protocol === "HTTPS" ? protocol : "TCP",
    version,
    port: port === "traffic-port" ? undefined : Number(port),
    path: group.HealthCheckPath ?? (version === "GRPC" ? "/AWS.ALB/healthcheck" : "/"),
    interval: (group.HealthCheckIntervalSeconds ?? 30) * 1000,
    timeout: (group.HealthCheckTimeoutSeconds ?? 5) * 1000,
    matches: matcher(codes),
  };
}

/** Checks a target once, over a connection of its own. Never fails. */
export function probe(
  settings: ProbeSettings,
  target: { readonly address: string; readonly port: number; readonly localAddress: string | undefined },
): Promise<ProbeResult> {
  const at = { ...target, port: settings.port ?? target.port };
  return settings.protocol === "TCP" ? probeTcp(at, settings.timeout) : probeHttp(settings, at);
}

type Place = { readonly address: string; readonly port: number; readonly localAddress: string | undefined };

function probeTcp({ address, port, localAddress }: Place, timeout: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, ...(localAddress && { localAddress }) });
    const end = (result: ProbeResult): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => end({ kind: "timeout" }), timeout);
    socket.once("connect", () => end({ kind: "passed" }));
    socket.once("error", () => end({ kind: "failed" }));
  });
}

function probeHttp(settings: ProbeSettings, place: Place): Promise<ProbeResult> {
  const connecting: TargetConnecting = {
    ...place,
    secure: settings.protocol === "HTTPS",
    idleTimeout: settings.timeout + 1000,
  };
  const http2 = settings.version !== "HTTP1";
  const connections = http2 ? http2Connections(connecting) : http1Connections(connecting);
  return ask(connections, requestOf(settings, place), settings).finally(() => connections.destroy());
}

function requestOf({ version, path }: ProbeSettings, { address, port }: Place): TargetRequest {
  const host = isIPv6(address) ? `[${address}]` : address;
  const fields = ["Host", `${host}:${port}`, "User-Agent", "ELB-HealthChecker/2.0"];
  if (version !== "GRPC") {
    fields.push("Accept-Encoding", "gzip, compressed");
    return { method: "GET", path, fields, body: null };
  }
  fields.push("Content-Type", "application/grpc");
  return { method: "POST", path, fields, body: null };
}

function ask(
  connections: TargetConnections,
  request: TargetRequest,
  { version, timeout, matches }: ProbeSettings,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    let status = 0;
    const settle = (result: ProbeResult): void => {
      clearTimeout(timer);
      resolve(result);
    };
    const judge = (code: number): void =>
      settle(matches(code) ? { kind: "passed" } : { kind: "mismatch", code });
    const timer = setTimeout(() => settle({ kind: "timeout" }), timeout);
    connections.send(request, {
      began() {},
      head(code, _reason, fields) {
        status = code;
        if (version !== "GRPC") judge(code);
        // An answer without content has its code of gRPC at once.
        else if (grpcStatus(fields) !== undefined) judge(grpcStatus(fields) ?? 0);
        return true;
      },
      data: () => true,
      ended(trailers) {
        const code = grpcStatus(trailers);
        if (code === undefined) settle({ kind: "mismatch", code: status });
        else judge(code);
      },
      upgraded: (_fields, socket) => socket.destroy(),
      failed: (why) => settle({ kind: why === "timeout" ? "timeout" : "failed" }),
    });
  });
}

function grpcStatus(fields: readonly string[]): number | undefined {
  const at = fields.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === "grpc-status");
  return at < 0 ? undefined : Number(fields[at + 1]);
}
