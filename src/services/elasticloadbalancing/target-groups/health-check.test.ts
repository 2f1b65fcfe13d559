import { describe, expect, test } from "vitest";
import { type Checked, checkHealthCheck } from "./health-check.ts";

const http: Checked = { Protocol: "HTTP", TargetType: "ip", ProtocolVersion: "HTTP1" };
const grpc: Checked = { Protocol: "HTTP", TargetType: "ip", ProtocolVersion: "GRPC" };
const tcp: Checked = { Protocol: "TCP", TargetType: "ip" };
const udp: Checked = { Protocol: "UDP", TargetType: "instance" };
const alb: Checked = { Protocol: "TCP", TargetType: "alb" };

const common = { HealthCheckEnabled: true, HealthCheckPort: "traffic-port", HealthCheckIntervalSeconds: 30 };
const thresholds = { HealthyThresholdCount: 5, UnhealthyThresholdCount: 2 };

/** User Guides, "Health checks for your target groups": what is so when nothing is said. */
const defaults: readonly (readonly [of: Checked, is: object])[] = [
  [
    http,
    {
      HealthCheckProtocol: "HTTP",
      HealthCheckPath: "/",
      HealthCheckTimeoutSeconds: 5,
      Matcher: { HttpCode: "200" },
    },
  ],
  [
    grpc,
    {
      HealthCheckProtocol: "HTTP",
      HealthCheckPath: "/AWS.ALB/healthcheck",
      HealthCheckTimeoutSeconds: 5,
      Matcher: { GrpcCode: "12" },
    },
  ],
  [tcp, { HealthCheckProtocol: "TCP", HealthCheckTimeoutSeconds: 10 }],
  [udp, { HealthCheckProtocol: "TCP", HealthCheckTimeoutSeconds: 10 }],
  [
    alb,
    {
      HealthCheckProtocol: "HTTP",
      HealthCheckPath: "/",
      HealthCheckTimeoutSeconds: 6,
      Matcher: { HttpCode: "200-399" },
    },
  ],
];

test.each(defaults)("the defaults of %j", (of, is) => {
  expect(checkHealthCheck(of, {})).toEqual({ ...common, ...thresholds, ...is });
});

test("a change keeps what it does not name", () => {
  const had = checkHealthCheck(http, { HealthCheckPath: "/ready", Matcher: { HttpCode: "204" } });
  expect(checkHealthCheck(http, { HealthyThresholdCount: 3 }, had)).toEqual({
    ...had,
    HealthyThresholdCount: 3,
  });
});

test("a change to a check by connection leaves path and matcher behind", () => {
  const had = checkHealthCheck(tcp, { HealthCheckProtocol: "HTTP", HealthCheckPath: "/ready" });
  expect(had).toMatchObject({ HealthCheckPath: "/ready", Matcher: { HttpCode: "200-399" } });
  const now = checkHealthCheck(tcp, { HealthCheckProtocol: "TCP" }, had);
  expect(now).not.toHaveProperty("HealthCheckPath");
  expect(now).not.toHaveProperty("Matcher");
});

describe("matchers", () => {
  test.each(["200", "200,202", "200-299", "200-204,302"])("%s is good", (HttpCode) => {
    expect(checkHealthCheck(http, { Matcher: { HttpCode } }).Matcher).toEqual({ HttpCode });
  });
  test.each(["", "20", "199", "500", "299-200", "200-", "200 , 202", "abc"])("%j is not", (HttpCode) => {
    expect(() => checkHealthCheck(http, { Matcher: { HttpCode } })).toThrow(
      "must be within '200-499' inclusive",
    );
  });
  test("a network load balancer's may be an error", () => {
    const given = { HealthCheckProtocol: "HTTP", Matcher: { HttpCode: "200-599" } } as const;
    expect(checkHealthCheck(tcp, given).Matcher).toEqual({ HttpCode: "200-599" });
  });
  test.each(["0", "0-99", "0,12"])("of gRPC, %s is good", (GrpcCode) => {
    expect(checkHealthCheck(grpc, { Matcher: { GrpcCode } }).Matcher).toEqual({ GrpcCode });
  });
  test.each(["100", "x"])("of gRPC, %s is not", (GrpcCode) => {
    expect(() => checkHealthCheck(grpc, { Matcher: { GrpcCode } })).toThrow(
      "must be within '0-99' inclusive",
    );
  });
});

test.each([
  [http, { HealthCheckProtocol: "TCP" }, "Health check protocol 'TCP' must be one of 'HTTP, HTTPS'"],
  [tcp, { HealthCheckPath: "/x" }, "cannot be specified for health checks with the protocol 'TCP'"],
  [http, { HealthCheckPath: "x" }, "Health check path 'x' must begin with a '/' character"],
  [http, { HealthCheckPort: "0" }, "Health check port '0' must be in the range 1-65535, or traffic-port"],
  [
    http,
    { HealthCheckTimeoutSeconds: 30 },
    "Health check timeout '30' must be smaller than the interval '30'",
  ],
  [http, { HealthCheckEnabled: false }, "Health check enabled must be true"],
  [http, { Matcher: { GrpcCode: "0" } }, "A gRPC code can only be specified for gRPC target groups"],
  [grpc, { Matcher: { HttpCode: "200" } }, "An HTTP code cannot be specified for gRPC target groups"],
] as const)("%j with %j is refused", (of, given, says) => {
  expect(() => checkHealthCheck(of, given)).toThrow(says);
});
