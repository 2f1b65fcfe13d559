import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import { IAMClient, UploadServerCertificateCommand } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testCertificate } from "../support/certificate.ts";
import { command } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Listeners and rules over the wire: what is kept, what is refused and in which words. */

let roadstead: TestRoadstead;
let elb: elbv2.ElasticLoadBalancingV2Client;
let vpcId = "";
let web = "";
let stream = "";
let groups: readonly string[] = [];
let certificates: readonly string[] = [];
let listener = "";

beforeAll(async () => {
  roadstead = await testRoadstead();
  const settings = { ...roadstead.client(), maxAttempts: 1 };
  elb = new elbv2.ElasticLoadBalancingV2Client(settings);
  const ec2 = new EC2Client(settings);
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  ec2.destroy();
  vpcId = Subnets[0]?.VpcId ?? "";
  const subnets = Subnets.slice(0, 2).map(({ SubnetId = "" }) => SubnetId);
  const make = async (Name: string, Type: elbv2.LoadBalancerTypeEnum) => {
    const { LoadBalancers } = await elb.send(
      new elbv2.CreateLoadBalancerCommand({ Name, Type, Subnets: subnets, Scheme: "internal" }),
    );
    return LoadBalancers?.[0]?.LoadBalancerArn ?? "";
  };
  web = await make("web", "application");
  stream = await make("stream", "network");
  groups = [await group("blue"), await group("green")];
  const iam = new IAMClient(settings);
  const upload = async (ServerCertificateName: string) => {
    const { cert, key } = testCertificate(ServerCertificateName);
    const { ServerCertificateMetadata } = await iam.send(
      new UploadServerCertificateCommand({
        ServerCertificateName,
        CertificateBody: cert,
        PrivateKey: key,
      }),
    );
    return ServerCertificateMetadata?.Arn ?? "";
  };
  certificates = [await upload("one.example.com"), await upload("two.example.com")];
  iam.destroy();
  const { Listeners } = await elb.send(
    new elbv2.CreateListenerCommand({
      ...{ LoadBalancerArn: web, Port: 8443, Protocol: "HTTPS", DefaultActions: [notFound] },
      Certificates: [{ CertificateArn: certificates[0] }],
    }),
  );
  listener = Listeners?.[0]?.ListenerArn ?? "";
}, 60_000);
afterAll(async () => {
  elb?.destroy();
  await roadstead?.stop();
});

async function group(Name: string, input: Partial<elbv2.CreateTargetGroupInput> = {}): Promise<string> {
  const { TargetGroups } = await elb.send(
    new elbv2.CreateTargetGroupCommand({
      ...{ Name, Protocol: "HTTP", Port: 80, VpcId: vpcId, TargetType: "ip" },
      ...input,
    }),
  );
  return TargetGroups?.[0]?.TargetGroupArn ?? "";
}

const notFound: elbv2.Action = {
  Type: "fixed-response",
  FixedResponseConfig: { StatusCode: "404", ContentType: "text/plain", MessageBody: "no" },
};
const forward = (arn: string | undefined): elbv2.Action => ({ Type: "forward", TargetGroupArn: arn });
const path = (...Values: string[]): elbv2.RuleCondition => ({ Field: "path-pattern", Values });

async function rule(Priority: number, input: Partial<elbv2.CreateRuleInput> = {}): Promise<string> {
  const { Rules } = await elb.send(
    new elbv2.CreateRuleCommand({
      ...{ ListenerArn: listener, Priority, Conditions: [path(`/${Priority}`)], Actions: [notFound] },
      ...input,
    }),
  );
  return Rules?.[0]?.RuleArn ?? "";
}

async function priorities(): Promise<readonly (string | undefined)[]> {
  const { Rules = [] } = await elb.send(new elbv2.DescribeRulesCommand({ ListenerArn: listener }));
  return Rules.map(({ Priority }) => Priority);
}

describe("rules", () => {
  test("are told in the order in which they are asked; two may change places", async () => {
    const [first, second] = [await rule(10), await rule(20)];
    expect(await priorities()).toEqual(["10", "20", "default"]);
    const { Rules = [] } = await elb.send(
      new elbv2.SetRulePrioritiesCommand({
        RulePriorities: [
          { RuleArn: first, Priority: 20 },
          { RuleArn: second, Priority: 10 },
        ],
      }),
    );
    expect(Rules.map(({ RuleArn, Priority }) => [RuleArn, Priority])).toEqual([
      [first, "20"],
      [second, "10"],
    ]);
    await expect(
      elb.send(new elbv2.SetRulePrioritiesCommand({ RulePriorities: [{ RuleArn: first, Priority: 10 }] })),
    ).rejects.toMatchObject({ name: "PriorityInUseException", message: "Priority '10' is currently in use" });
    for (const RuleArn of [first, second]) await elb.send(new elbv2.DeleteRuleCommand({ RuleArn }));
    expect(await priorities()).toEqual(["default"]);
  });

  test("forward with weights, as the API writes them in both ways", async () => {
    const one = await rule(30, { Actions: [forward(groups[0])] });
    const read = async () =>
      (await elb.send(new elbv2.DescribeRulesCommand({ RuleArns: [one] }))).Rules?.[0]?.Actions;
    expect(await read()).toEqual([
      {
        Type: "forward",
        TargetGroupArn: groups[0],
        ForwardConfig: {
          TargetGroups: [{ TargetGroupArn: groups[0], Weight: 1 }],
          TargetGroupStickinessConfig: { Enabled: false },
        },
      },
    ]);
    const ForwardConfig = {
      TargetGroups: groups.map((TargetGroupArn, i) => ({ TargetGroupArn, Weight: 90 - 80 * i })),
      TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
    };
    await elb.send(
      new elbv2.ModifyRuleCommand({ RuleArn: one, Actions: [{ Type: "forward", ForwardConfig }] }),
    );
    expect(await read()).toEqual([{ Type: "forward", ForwardConfig }]);
    const { TargetGroups = [] } = await elb.send(
      new elbv2.DescribeTargetGroupsCommand({ LoadBalancerArn: web }),
    );
    expect(TargetGroups.map(({ TargetGroupArn }) => TargetGroupArn).sort()).toEqual([...groups].sort());
    await elb.send(new elbv2.DeleteRuleCommand({ RuleArn: one }));
  });

  test("of the default kind change their actions and nothing else", async () => {
    const { Rules = [] } = await elb.send(new elbv2.DescribeRulesCommand({ ListenerArn: listener }));
    const RuleArn = Rules.find(({ IsDefault }) => IsDefault)?.RuleArn;
    await elb.send(new elbv2.ModifyRuleCommand({ RuleArn, Actions: [forward(groups[1])] }));
    const { Listeners } = await elb.send(new elbv2.DescribeListenersCommand({ ListenerArns: [listener] }));
    expect(Listeners?.[0]?.DefaultActions?.[0]?.TargetGroupArn).toBe(groups[1]);
    await elb.send(new elbv2.ModifyRuleCommand({ RuleArn, Actions: [notFound] }));
    await expect(elb.send(new elbv2.DeleteRuleCommand({ RuleArn }))).rejects.toMatchObject({
      name: "OperationNotPermittedException",
      message: `Default rule '${RuleArn}' cannot be deleted`,
    });
  });

  test.each<[why: string, input: Partial<elbv2.CreateRuleInput>, name: string, message: RegExp]>([
    [
      "no target group",
      {
        Actions: [
          forward(`arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/x/${"0".repeat(16)}`),
        ],
      },
      "TargetGroupNotFoundException",
      /^One or more target groups not found$/,
    ],
    [
      "no ARN of one",
      { Actions: [forward("blue")] },
      "ValidationError",
      /^'blue' is not a valid target group ARN$/,
    ],
    ["two ends", { Actions: [notFound, notFound] }, "TooManyActionsException", /only one of/],
    [
      "a circle",
      { Actions: [{ Type: "redirect", RedirectConfig: { StatusCode: "HTTP_301" } }] },
      "InvalidLoadBalancerActionException",
      /avoid a loop/,
    ],
    [
      "authentication",
      { Actions: [{ Type: "authenticate-oidc" }] },
      "InvalidConfigurationRequestException",
      /^The action 'authenticate-oidc' is not served here\.$/,
    ],
    [
      "a strange content type",
      {
        Actions: [
          { Type: "fixed-response", FixedResponseConfig: { StatusCode: "200", ContentType: "image/png" } },
        ],
      },
      "InvalidConfigurationRequestException",
      /image\/png/,
    ],
    ["no condition", { Conditions: [] }, "ValidationError", /condition/i],
    [
      "an expression that looks back",
      { Conditions: [{ Field: "path-pattern", RegexValues: ["(a)\\1"] }] },
      "ValidationError",
      /not a regular expression that can be used/,
    ],
  ])("with %s are refused", async (_why, input, name, message) => {
    await expect(rule(77, input)).rejects.toMatchObject({
      name: expect.stringContaining(name.replace("Exception", "")),
      message: expect.stringMatching(message),
    });
  });

  test("are not for network load balancers", async () => {
    const tcp = await group("tcp", { Protocol: "TCP" });
    const { Listeners } = await elb.send(
      new elbv2.CreateListenerCommand({
        ...{ LoadBalancerArn: stream, Port: 9000, Protocol: "TCP", DefaultActions: [forward(tcp)] },
      }),
    );
    const ListenerArn = Listeners?.[0]?.ListenerArn;
    await expect(rule(1, { ListenerArn })).rejects.toMatchObject({ name: "OperationNotPermittedException" });
    await elb.send(new elbv2.DeleteListenerCommand({ ListenerArn }));
  });
});

describe("listeners", () => {
  test("that are secure have a policy, a default certificate and others by name", async () => {
    const { Listeners } = await elb.send(new elbv2.DescribeListenersCommand({ ListenerArns: [listener] }));
    expect(Listeners?.[0]).toMatchObject({
      SslPolicy: "ELBSecurityPolicy-2016-08",
      Certificates: [{ CertificateArn: certificates[0] }],
    });
    const more = { ListenerArn: listener, Certificates: [{ CertificateArn: certificates[1] }] };
    await elb.send(new elbv2.AddListenerCertificatesCommand(more));
    const told = async () =>
      (await elb.send(new elbv2.DescribeListenerCertificatesCommand({ ListenerArn: listener }))).Certificates;
    expect(await told()).toEqual([
      { CertificateArn: certificates[0], IsDefault: true },
      { CertificateArn: certificates[1], IsDefault: false },
    ]);
    await elb.send(new elbv2.RemoveListenerCertificatesCommand(more));
    expect(await told()).toHaveLength(1);
    await expect(
      elb.send(
        new elbv2.RemoveListenerCertificatesCommand({
          ListenerArn: listener,
          Certificates: [{ CertificateArn: certificates[0] }],
        }),
      ),
    ).rejects.toMatchObject({ name: "OperationNotPermittedException" });
  });

  const unknown = "arn:aws:iam::000000000000:server-certificate/none";
  test.each<[why: string, input: () => Partial<elbv2.CreateListenerInput>, name: string, message: RegExp]>([
    [
      "a port that is taken",
      () => ({ Port: 8443 }),
      "DuplicateListener",
      /^A listener already exists on this port for this load balancer '/,
    ],
    [
      "no certificate",
      () => ({ Protocol: "HTTPS" }),
      "ValidationError",
      /^A certificate must be specified for HTTPS listeners$/,
    ],
    [
      "an unknown certificate",
      () => ({ Protocol: "HTTPS", Certificates: [{ CertificateArn: unknown }] }),
      "CertificateNotFound",
      /^Certificate 'arn:aws:iam::000000000000:server-certificate\/none' not found$/,
    ],
    [
      "an unknown policy",
      () => ({ Protocol: "HTTPS", Certificates: [{ CertificateArn: certificates[0] }], SslPolicy: "mine" }),
      "SSLPolicyNotFound",
      /^SSL policy 'mine' not found$/,
    ],
    [
      "a protocol of another type",
      () => ({ Protocol: "TCP" }),
      "ValidationError",
      /must be one of 'HTTP, HTTPS'$/,
    ],
    [
      "client certificates",
      () => ({
        Protocol: "HTTPS",
        Certificates: [{ CertificateArn: certificates[0] }],
        MutualAuthentication: { Mode: "verify" },
      }),
      "InvalidConfigurationRequest",
      /Mutual authentication is not served here/,
    ],
    [
      "another load balancer's target group",
      () => ({ LoadBalancerArn: stream, Protocol: "TCP", DefaultActions: [forward(groups[0])] }),
      "IncompatibleProtocols",
      /'HTTP'/,
    ],
  ])("with %s are refused", async (_why, input, name, message) => {
    const given = {
      ...{ LoadBalancerArn: web, Port: 8081, Protocol: "HTTP" as const, DefaultActions: [notFound] },
      ...input(),
    };
    await expect(elb.send(new elbv2.CreateListenerCommand(given))).rejects.toMatchObject({
      name: expect.stringContaining(name),
      message: expect.stringMatching(message),
    });
  });

  test("keep of a change what it does not name", async () => {
    const { Listeners } = await elb.send(
      new elbv2.ModifyListenerCommand({
        ListenerArn: listener,
        Port: 8444,
        SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
      }),
    );
    expect(Listeners?.[0]).toMatchObject({
      ...{ Port: 8444, Protocol: "HTTPS", SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" },
      Certificates: [{ CertificateArn: certificates[0] }],
      DefaultActions: [notFound],
    });
  });

  test("have attributes, with defaults, and refuse others", async () => {
    const set = (Key: string, Value: string) =>
      elb.send(
        new elbv2.ModifyListenerAttributesCommand({ ListenerArn: listener, Attributes: [{ Key, Value }] }),
      );
    const { Attributes = [] } = await set("routing.http.response.server.enabled", "false");
    expect(Attributes).toContainEqual({ Key: "routing.http.response.server.enabled", Value: "false" });
    expect(Attributes.length).toBeGreaterThan(15);
    await expect(set("tcp.idle_timeout.seconds", "400")).rejects.toMatchObject({
      name: "InvalidConfigurationRequestException",
      message: "Listener attribute key 'tcp.idle_timeout.seconds' is not recognized",
    });
  });
});

describe("load balancers and target groups", () => {
  test.each<[Key: string, Value: string, good: boolean]>([
    ["idle_timeout.timeout_seconds", "4000", true],
    ["idle_timeout.timeout_seconds", "4001", false],
    ["routing.http.desync_mitigation_mode", "strictest", true],
    ["routing.http.desync_mitigation_mode", "lax", false],
    ["deletion_protection.enabled", "yes", false],
    ["load_balancing.cross_zone.enabled", "false", false],
  ])("the attribute %s may be %s: %s", async (Key, Value, good) => {
    const changed = elb.send(
      new elbv2.ModifyLoadBalancerAttributesCommand({ LoadBalancerArn: web, Attributes: [{ Key, Value }] }),
    );
    if (good) expect((await changed).Attributes).toContainEqual({ Key, Value });
    else await expect(changed).rejects.toMatchObject({ name: "InvalidConfigurationRequestException" });
  });

  test("a protected load balancer stays", async () => {
    const protect = (Value: string) =>
      elb.send(
        new elbv2.ModifyLoadBalancerAttributesCommand({
          LoadBalancerArn: web,
          Attributes: [{ Key: "deletion_protection.enabled", Value }],
        }),
      );
    await protect("true");
    await expect(
      elb.send(new elbv2.DeleteLoadBalancerCommand({ LoadBalancerArn: web })),
    ).rejects.toMatchObject({
      name: "OperationNotPermittedException",
      message: `Load balancer '${web}' cannot be deleted because deletion protection is enabled`,
    });
    await protect("false");
  });

  test.each<[why: string, input: Partial<elbv2.CreateTargetGroupInput>, message: RegExp]>([
    ["a long name", { Name: "a".repeat(33) }, /cannot be longer than '32' characters$/],
    [
      "an underscore",
      { Name: "a_b" },
      /can only contain characters that are alphanumeric characters or hyphens\(-\)$/,
    ],
    [
      "an unknown VPC",
      { VpcId: "vpc-00000000000000000" },
      /^The VPC ID 'vpc-00000000000000000' is not found$/,
    ],
    [
      "a protocol version without HTTP",
      { Protocol: "TCP", ProtocolVersion: "HTTP2" },
      /^Protocol version cannot be/,
    ],
    ["Lambda", { TargetType: "lambda" }, /lambda/],
  ])("a target group with %s is refused", async (_why, input, message) => {
    await expect(group("bad", input)).rejects.toThrow(message);
  });

  test.each<[target: elbv2.TargetDescription, message: RegExp]>([
    [{ Id: "8.8.8.8" }, /publicly routable/],
    [{ Id: "10.99.0.1" }, /Availability Zone must be 'all'$/],
    [{ Id: "i-0123456789abcdef0" }, /not a valid IPv4 address$/],
  ])("the target %j is refused", async (target, message) => {
    await expect(
      elb.send(new elbv2.RegisterTargetsCommand({ TargetGroupArn: groups[0], Targets: [target] })),
    ).rejects.toMatchObject({ name: "InvalidTargetException", message: expect.stringMatching(message) });
  });

  test("what is not served says so", async () => {
    await expect(elb.send(new elbv2.DescribeTrustStoresCommand({}))).rejects.toThrow(
      /Roadstead does not serve/,
    );
  });

  test("the AWS CLI reads them", async () => {
    const { stdout, code, stderr } = await command(
      "aws",
      [
        "elbv2",
        "describe-load-balancers",
        "--query",
        "LoadBalancers[].[LoadBalancerName,Type]",
        "--output",
        "text",
      ],
      { env: { ...process.env, ...roadstead.environment(), HOME: process.env.HOME } },
    );
    expect(code, stderr).toBe(0);
    expect(stdout.trim().split("\n").sort()).toEqual(["stream\tnetwork", "web\tapplication"]);
  });
});
