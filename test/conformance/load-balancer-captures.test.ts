import { request } from "node:http";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import * as elb from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  DeleteServerCertificateCommand,
  GetRoleCommand,
  IAMClient,
  UploadServerCertificateCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import recorded from "../fixtures/captures/elbv2/alb_native_success.json" with { type: "json" };
import { certificatesMissing, testCertificate } from "../support/certificate.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { normalForm } from "./normal-form.ts";

/** An application load balancer's life as AWS was recorded to answer it (September 2026), in the recording's order. */

const name = "stackd-alb-1790477712062";
let roadstead: TestRoadstead;
let client: elb.ElasticLoadBalancingV2Client;
let iam: IAMClient;
let subnets: string[] = [];
let vpcId = "";
beforeAll(async () => {
  roadstead = await testRoadstead();
  client = new elb.ElasticLoadBalancingV2Client({ ...roadstead.client(), maxAttempts: 1 });
  iam = new IAMClient(roadstead.client());
  const { Subnets = [] } = await new EC2Client(roadstead.client()).send(new DescribeSubnetsCommand({}));
  const zones = ["us-east-1a", "us-east-1b"];
  const two = zones.map((zone) => Subnets.find(({ AvailabilityZone }) => AvailabilityZone === zone) ?? {});
  subnets = two.map(({ SubnetId = "" }) => SubnetId);
  vpcId = Subnets[0]?.VpcId ?? "";
});
afterAll(() => roadstead?.stop());

/** What AWS answered the n-th call of an operation, or wrote on standard error. */
function answer(action: string, nth = 0): unknown {
  const [call] = recorded.cases.filter((one) => one.action === action).slice(nth);
  if (call === undefined) throw new Error(`${action} was not recorded`);
  if (!("stderr" in call)) return comparable(call.output);
  return comparable(
    String(call.stderr).replace(/^aws: \[ERROR\]: An error occurred \((\w+)\).*? operation: /, "$1: "),
  );
}

/** Lists that have no order are in one, and what is of one account or one day is alike. */
function comparable(value: unknown): unknown {
  const sorted = JSON.parse(JSON.stringify(value), (key, member: unknown) => {
    const order = { AvailabilityZones: "ZoneName", Conditions: "Field", Attributes: "Key" }[key];
    if (order === undefined || !Array.isArray(member)) return member;
    return [...member].sort((a, b) => String(a[order]).localeCompare(String(b[order])));
  }) as unknown;
  const text = JSON.stringify(normalForm(sorted))
    .replace(/-\d+\.us-east-1\.elb\.[a-z0-9.]*[a-z]/g, "-(n).us-east-1.elb.(domain)")
    .replace(/ASCA[A-Z0-9]{17}|AROA[A-Z0-9]{17}/g, "(unique id)");
  return JSON.parse(text);
}

const refusal = (call: Promise<unknown>) =>
  call.then(
    () => "no refusal",
    (error: Error) => comparable(`${error.name.replace(/Exception$/, "")}: ${error.message}`),
  );

/** What a client at the load balancer is answered, as it stands on the wire. */
async function asked(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const places = await fetch(`${roadstead.url}/_roadstead/load-balancers`);
  const { listeners } = (await places.json()) as { listeners: { host: { address: string; port: number } }[] };
  const at = listeners[0]?.host;
  return new Promise((resolve, reject) => {
    const sent = request({ method, path, headers, host: at?.address, port: at?.port }, (got) => {
      let body = "";
      got.on("data", (piece) => (body += String(piece)));
      got.on("end", () => {
        let head = `HTTP/${got.httpVersion} ${got.statusCode} ${got.statusMessage}\r\n`;
        for (let i = 0; i < got.rawHeaders.length; i += 2)
          head += `${got.rawHeaders[i]}: ${got.rawHeaders[i + 1]}\r\n`;
        resolve(`${head}\r\n${body}`);
      });
    });
    sent.on("error", reject).end();
  });
}

/** An answer line by line; the order of its fields says nothing. */
function onTheWire(text: string): unknown {
  const [head = "", body] = text.split("\r\n\r\n");
  const [status, ...fields] = head.split("\r\n");
  const alike = fields.map((field) =>
    field.replace(/^Date: .*/, "Date: (date)").replace(/^(Location: http:..)[^/]+/, "$1(place)"),
  );
  return { status, fields: alike.sort(), body };
}

test.skipIf(certificatesMissing() !== undefined)("its life, call by call", { timeout: 60_000 }, async () => {
  const made = await client.send(
    new elb.CreateLoadBalancerCommand({ Name: name, Type: "application", Subnets: subnets }),
  );
  expect(comparable(made)).toEqual(answer("create-load-balancer"));
  const LoadBalancerArn = made.LoadBalancers?.[0]?.LoadBalancerArn;

  const role = await iam.send(new GetRoleCommand({ RoleName: "AWSServiceRoleForElasticLoadBalancing" }));
  const { AssumeRolePolicyDocument, RoleLastUsed, ...rest } = role.Role ?? {};
  const { Role: theirs } = answer("get-role") as { Role: Record<string, unknown> };
  expect(comparable(rest)).toEqual(
    Object.fromEntries(Object.entries(theirs).filter(([key]) => !/Document|LastUsed/.test(key))),
  );
  expect(JSON.parse(decodeURIComponent(AssumeRolePolicyDocument ?? ""))).toEqual(
    theirs.AssumeRolePolicyDocument,
  );
  expect(RoleLastUsed).toHaveProperty("Region");

  const group = await client.send(
    new elb.CreateTargetGroupCommand({
      ...{ Name: name, Protocol: "HTTP", Port: 8080, TargetType: "ip", VpcId: vpcId },
      ...{ HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 2 },
      ...{ HealthyThresholdCount: 2, UnhealthyThresholdCount: 2 },
    }),
  );
  expect(comparable(group)).toEqual(answer("create-target-group"));
  const TargetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn;

  const listener = await client.send(
    new elb.CreateListenerCommand({
      ...{ LoadBalancerArn, Protocol: "HTTP", Port: 18080 },
      DefaultActions: [{ Type: "forward", TargetGroupArn }],
    }),
  );
  expect(comparable(listener)).toEqual(answer("create-listener"));
  const ListenerArn = listener.Listeners?.[0]?.ListenerArn;

  const rules: elb.CreateRuleCommandInput[] = [
    {
      ...{ ListenerArn, Priority: 10 },
      Conditions: [
        { Field: "path-pattern", Values: ["/blue/*"] },
        { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "X-Color", Values: ["blue"] } },
      ],
      Actions: [fixed("stackd-native-blue", "201", "text/plain")],
    },
    {
      ...{ ListenerArn, Priority: 5 },
      Conditions: [{ Field: "path-pattern", Values: ["/redirect"] }],
      Actions: [
        {
          Type: "redirect",
          RedirectConfig: { Protocol: "HTTP", Path: "/blue/proof", StatusCode: "HTTP_302" },
        },
      ],
    },
    {
      ...{ ListenerArn, Priority: 20 },
      Conditions: [
        { Field: "host-header", Values: ["proof.example.invalid"] },
        { Field: "query-string", QueryStringConfig: { Values: [{ Key: "mode", Value: "native" }] } },
        { Field: "http-request-method", HttpRequestMethodConfig: { Values: ["POST"] } },
        { Field: "source-ip", SourceIpConfig: { Values: ["198.51.100.50/32"] } },
      ],
      Actions: [fixed('{"native":true}', "202", "application/json")],
    },
  ];
  for (const [index, rule] of rules.entries())
    expect(comparable(await client.send(new elb.CreateRuleCommand(rule)))).toEqual(
      answer("create-rule", index),
    );

  await client.send(
    new elb.RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: "172.31.0.254", Port: 8080 }] }),
  );
  for (const [path, request] of [
    ["/blue/proof", "GET /blue/proof"],
    ["/redirect?mode=native", "GET /redirect?mode=native"],
  ] as const) {
    const theirs = recorded.cases.find((one) => one.request === request)?.stdout ?? "";
    await expect
      .poll(async () => onTheWire(await asked("GET", path, { "x-color": "blue" })), { timeout: 10_000 })
      .toEqual(onTheWire(theirs));
  }

  const { cert, key } = testCertificate();
  const { ServerCertificateMetadata } = await iam.send(
    new UploadServerCertificateCommand({
      ...{ ServerCertificateName: name, CertificateBody: cert, PrivateKey: key },
    }),
  );
  const secure = await client.send(
    new elb.CreateListenerCommand({
      ...{ LoadBalancerArn, Protocol: "HTTPS", Port: 18443 },
      SslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
      Certificates: [{ CertificateArn: ServerCertificateMetadata?.Arn }],
      DefaultActions: [fixed("stackd-native-tls", "200", "text/plain")],
    }),
  );
  expect(comparable(secure)).toEqual(answer("create-listener", 1));
  const used = iam.send(new DeleteServerCertificateCommand({ ServerCertificateName: name }));
  expect(await refusal(used)).toEqual(answer("delete-server-certificate"));

  const attributes = await client.send(
    new elb.ModifyTargetGroupAttributesCommand({
      TargetGroupArn,
      Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "5" }],
    }),
  );
  expect(comparable(attributes)).toEqual(answer("modify-target-group-attributes"));

  const inUse = client.send(new elb.DeleteTargetGroupCommand({ TargetGroupArn }));
  expect(await refusal(inUse)).toEqual(answer("delete-target-group"));
  await client.send(new elb.DeleteLoadBalancerCommand({ LoadBalancerArn }));
  const gone = client.send(
    new elb.DescribeLoadBalancersCommand({ LoadBalancerArns: [LoadBalancerArn ?? ""] }),
  );
  expect(await refusal(gone)).toEqual(answer("describe-load-balancers"));
});

function fixed(MessageBody: string, StatusCode: string, ContentType: string): elb.Action {
  return { Type: "fixed-response", FixedResponseConfig: { MessageBody, StatusCode, ContentType } };
}
