import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { AccessLogs } from "./access-logs.ts";
import { testBalancer, webTarget } from "./carrier.testing.ts";
import { Measurements } from "./measurements.ts";
import { balancerView, forwardTo, groupView, listenerView } from "./views.testing.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const rules = [
  {
    Priority: "1",
    Conditions: [{ Field: "path-pattern", Values: ["/fixed"] }],
    Actions: [{ Type: "fixed-response" as const, FixedResponseConfig: { StatusCode: "404" } }],
  },
  forwardTo("web"),
];

test("what went through is measured by AWS's names and dimensions", async () => {
  const web = await webTarget((request, response) => {
    response.statusCode = request.url === "/missing" ? 404 : 200;
    response.end("ok");
  });
  closing.push(() => web.close());
  const measurements = new Measurements();
  const lb = await testBalancer(
    balancerView({ listeners: [listenerView({ rules })], groups: [groupView({ targets: [web.port] })] }),
    measurements,
  );
  closing.push(() => lb.close());
  await lb.reported(`127.0.0.1:${web.port}`, "healthy");
  for (const path of ["/", "/", "/missing", "/fixed"]) {
    await (await fetch(`http://127.0.0.1:${lb.port()}${path}`)).text();
  }
  const [scope] = measurements.take(Date.UTC(2026, 0, 2, 3, 4, 5));
  expect(scope).toMatchObject({ account: "000000000000", region: "us-east-1" });
  const told = (scope?.metrics ?? [])
    .filter(({ name }) => !["ProcessedBytes", "TargetResponseTime", "NewConnectionCount"].includes(name))
    .map(({ name, dimensions, values }) => [
      name,
      dimensions.map((one) => `${one.name}=${one.value}`).join(),
      values.reduce((total, [value, count]) => total + value * count, 0),
    ]);
  const balancer = "LoadBalancer=app/lb/0123456789abcdef";
  const group = "TargetGroup=targetgroup/web/0123456789abcdef";
  expect(told.sort()).toEqual(
    [
      ["RequestCount", balancer, 4],
      ["RequestCount", `${group},${balancer}`, 3],
      ["HTTPCode_Target_2XX_Count", balancer, 2],
      ["HTTPCode_Target_2XX_Count", `${group},${balancer}`, 2],
      ["HTTPCode_Target_4XX_Count", balancer, 1],
      ["HTTPCode_Target_4XX_Count", `${group},${balancer}`, 1],
      ["HTTPCode_ELB_4XX_Count", balancer, 1],
      ["HTTP_Fixed_Response_Count", balancer, 1],
      ["RequestCountPerTarget", group, 3],
      ["RequestCountPerTarget", `${group},${balancer}`, 3],
    ].sort(),
  );
  const times = scope?.metrics.find(({ name }) => name === "TargetResponseTime");
  expect(times).toMatchObject({
    namespace: "AWS/ApplicationELB",
    unit: "Seconds",
    at: Date.UTC(2026, 0, 2, 3, 4),
  });
  expect(measurements.take(0)).toEqual([]);
});

test("a request is a line of the access log, in a file by AWS's name, compressed when its time is over", async () => {
  const folder = mkdtempSync(join(tmpdir(), "roadstead-access-log-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  let now = Date.UTC(2026, 0, 2, 3, 4, 5);
  const logs = new AccessLogs({
    now: () => now,
    log: { info() {}, error: (fields) => expect.unreachable(JSON.stringify(fields)) },
    ...{ name: "abcd1234", folderOf: (bucket) => join(folder, bucket) },
  });
  closing.push(() => logs.close());
  const web = await webTarget();
  closing.push(() => web.close());
  const attributes = {
    "access_logs.s3.enabled": "true",
    "access_logs.s3.bucket": "logs",
    "access_logs.s3.prefix": "../../out",
  };
  const view = balancerView({
    attributes,
    listeners: [listenerView({ rules })],
    groups: [groupView({ targets: [web.port] })],
  });
  const lb = await testBalancer(view, logs);
  closing.push(() => lb.close());
  await (await fetch(`http://127.0.0.1:${lb.port()}/a?b="c`, { headers: { "User-Agent": "tester" } })).text();
  await logs.flush();
  const files = () =>
    readdirSync(folder, { recursive: true })
      .map(String)
      .filter((path) => statSync(join(folder, path)).isFile());
  const name =
    "000000000000_elasticloadbalancing_us-east-1_app.lb.0123456789abcdef_20260102T0305Z_127.0.0.1_abcd1234.log";
  // A prefix that leads out of the bucket is left out.
  expect(files()).toEqual([join("logs", name)]);
  const line = readFileSync(join(folder, "logs", name), "utf8").trimEnd();
  expect(line).toMatch(
    new RegExp(
      [
        "^http \\S+Z app/lb/0123456789abcdef 127\\.0\\.0\\.1:\\d+ ",
        `127\\.0\\.0\\.1:${web.port} `,
        "0\\.\\d{3} 0\\.\\d{3} 0\\.\\d{3} 200 200 \\d+ \\d+ ",
        '"GET http://127\\.0\\.0\\.1:0/a\\?b=%22c HTTP/1\\.1" "tester" - - ',
        "arn:aws:elasticloadbalancing:\\S+:targetgroup/web/0123456789abcdef ",
        '"Root=1-[0-9a-f]{8}-[0-9a-f]{24}" "-" "-" 0 \\S+Z "forward" "-" "-" ',
        `"127\\.0\\.0\\.1:${web.port}" "200" "-" "-" -$`,
      ].join(""),
    ),
  );
  now += 5 * 60_000;
  await logs.flush();
  expect(files()).toEqual([join("logs", `${name}.gz`)]);
  expect(
    gunzipSync(readFileSync(join(folder, "logs", `${name}.gz`)))
      .toString()
      .trimEnd(),
  ).toBe(line);
});
