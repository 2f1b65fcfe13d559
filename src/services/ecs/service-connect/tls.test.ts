import { X509Certificate } from "node:crypto";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import type { ScriptedRuntime } from "../../../control/tasks/runtime.testing.ts";
import { day } from "../../../kernel/duration.ts";
import { faringRuntime, type ServiceWorld, serviceWorld } from "../services/world.testing.ts";

/** The policy that AWS gives the role of a TLS configuration. */
const managedPolicy =
  "arn:aws:iam::aws:policy/service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity";

let roadstead: TestRoadstead;
let runtime: ScriptedRuntime;
let world: ServiceWorld;
let iam: IAMClient;
let secrets: SecretsManagerClient;

beforeAll(async () => {
  roadstead = await testRoadstead(
    { ecsHealthyAfter: 0 },
    {
      fargate: (sink) => {
        runtime = faringRuntime(sink);
        return runtime;
      },
    },
  );
});
afterAll(() => roadstead?.stop());
beforeEach(async () => {
  world = await serviceWorld(roadstead);
  iam = new IAMClient(world.settings);
  secrets = new SecretsManagerClient(world.settings);
  await world.register({
    containerDefinitions: [
      {
        name: "main",
        image: "web:1",
        essential: true,
        portMappings: [{ name: "http", containerPort: 8080, appProtocol: "http" }],
      },
    ],
  });
});

/** A role that ECS takes. */
async function role(service = "ecs.amazonaws.com"): Promise<string> {
  const Statement = [{ Effect: "Allow", Principal: { Service: service }, Action: "sts:AssumeRole" }];
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: "tls",
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement }),
    }),
  );
  await iam.send(new AttachRolePolicyCommand({ RoleName: "tls", PolicyArn: managedPolicy }));
  return Role?.Arn ?? "";
}

const localAuthority = () =>
  `arn:aws:acm-pca:us-east-1:${world.account}:certificate-authority/00000000-0000-0000-0000-000000000000`;

const offer = (roleArn: string, awsPcaAuthorityArn = localAuthority(), more: object = {}) => ({
  enabled: true,
  namespace: "shop",
  services: [
    {
      portName: "http",
      discoveryName: "web",
      clientAliases: [{ port: 80, dnsName: "web" }],
      tls: { issuerCertificateAuthority: { awsPcaAuthorityArn }, roleArn, ...more },
    },
  ],
});

async function secretOf() {
  const { SecretList = [] } = await secrets.send(new ListSecretsCommand({}));
  return SecretList;
}

/** The certificate that a secret holds now. */
async function certificateIn(SecretId: string | undefined): Promise<X509Certificate> {
  const { SecretString = "{}" } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  return new X509Certificate((JSON.parse(SecretString) as { certificate: string }).certificate);
}

describe("a service with TLS", () => {
  test("has a certificate for its name in a secret of its own, which is told to its tasks and to those who call", async () => {
    const roleArn = await role();
    await world.create({ desiredCount: 1, serviceConnectConfiguration: offer(roleArn) });
    const [secret] = await secretOf();
    expect(secret).toMatchObject({
      OwningService: "ecs-sc",
      Name: expect.stringMatching(/^ecs-sc![0-9a-f]{32}$/),
    });
    expect(secret?.Tags).toContainEqual({ Key: "AmazonECSManaged", Value: "true" });
    const certificate = await certificateIn(secret?.ARN);
    expect(certificate.subjectAltName).toBe("DNS:web.shop");
    const [from, to] = [certificate.validFrom, certificate.validTo].map((text) => Date.parse(text));
    expect(((to ?? 0) - (from ?? 0)) / day).toBe(8);
    await world.steady();
    const spec = [...runtime.specs.values()].find(({ account }) => account === world.account);
    expect(spec?.connect).toMatchObject({
      ports: [{ discoveryName: "web", tls: { secretArn: secret?.ARN, roleArn } }],
      routes: [{ dnsName: "web", port: 80, tls: { serverName: "web.shop" } }],
    });
    // Nobody else writes into it.
    await expect(
      secrets.send(new PutSecretValueCommand({ SecretId: secret?.ARN, SecretString: "{}" })),
    ).rejects.toMatchObject({ name: "InvalidRequestException" });
  });

  test("keeps its certificate when it is deployed anew, and takes it along", async () => {
    const roleArn = await role();
    await world.create({ desiredCount: 1, serviceConnectConfiguration: offer(roleArn) });
    const [before] = await secretOf();
    await world.update({ forceNewDeployment: true });
    await world.steady();
    expect((await secretOf()).map(({ ARN }) => ARN)).toEqual([before?.ARN]);
    await world.remove(true);
    await vi.waitFor(async () => expect(await secretOf()).toEqual([]), { timeout: 8_000, interval: 50 });
  });

  test.each([
    [
      "an authority that is not the local one",
      async () => offer(await role(), localAuthority().replace(/0$/, "1")),
      "but a certificate authority of its own: arn:aws:acm-pca:us-east-1:",
    ],
    ["a role that ECS may not take", async () => offer(await role("ec2.amazonaws.com")), "sts:AssumeRole"],
    ["no role", async () => offer(""), "tls.roleArn can not be blank"],
    [
      "a namespace that is no name of DNS",
      async () => ({ ...offer(await role()), namespace: "a_b" }),
      "No certificate can be issued for web.a_b",
    ],
  ])("is refused with %s", async (_what, configuration, message) => {
    await expect(world.create({ serviceConnectConfiguration: await configuration() })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining(message),
    });
    expect(await secretOf()).toEqual([]);
  });

  test.each([
    "acm-pca:IssueCertificate",
    "acm-pca:GetCertificate",
    "acm-pca:GetCertificateAuthorityCertificate",
    "secretsmanager:CreateSecret",
    "secretsmanager:DescribeSecret",
  ])("is refused when its role may not %s", async (Action) => {
    const roleArn = await role();
    const PolicyDocument = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Action, Resource: "*" }],
    });
    await iam.send(new PutRolePolicyCommand({ RoleName: "tls", PolicyName: "not", PolicyDocument }));
    await expect(world.create({ serviceConnectConfiguration: offer(roleArn) })).rejects.toMatchObject({
      message: expect.stringContaining(`not authorized to perform: ${Action}`),
    });
  });

  test("has another certificate after five days", async () => {
    await world.create({ desiredCount: 1, serviceConnectConfiguration: offer(await role()) });
    const [secret] = await secretOf();
    const before = await certificateIn(secret?.ARN);
    await fetch(`${roadstead.url}/_roadstead/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceSeconds: (5 * day) / 1_000 }),
    });
    await vi.waitFor(
      async () => expect((await certificateIn(secret?.ARN)).serialNumber).not.toBe(before.serialNumber),
      { timeout: 8_000, interval: 50 },
    );
  });
});
