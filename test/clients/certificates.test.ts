import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:tls";
import * as acm from "@aws-sdk/client-acm";
import { DescribeSubnetsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  DeleteLoadBalancerCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { certificatesMissing, testCertificate } from "../support/certificate.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Certificates over the wire: issued at once, imported, used by listeners. */

let roadstead: TestRoadstead;
let client: acm.ACMClient;
beforeAll(async () => {
  roadstead = await testRoadstead();
  client = new acm.ACMClient({ ...roadstead.client(), maxAttempts: 1 });
});
afterAll(async () => {
  client?.destroy();
  await roadstead?.stop();
});

async function request(
  DomainName: string,
  input: Partial<acm.RequestCertificateRequest> = {},
): Promise<string> {
  const { CertificateArn = "" } = await client.send(
    new acm.RequestCertificateCommand({ DomainName, ValidationMethod: "DNS", ...input }),
  );
  return CertificateArn;
}

/** A listener as the admin route tells it. */
interface ServedPlace {
  readonly loadBalancerArn: string;
  readonly host: { readonly address: string; readonly port: number } | null;
}

const patient = { timeout: 10_000, interval: 100 };

/** The thumbprint of the certificate that a load balancer's listener shows on the host: SHA-1 in lower-case hex. */
async function servedBy(loadBalancerArn: string): Promise<string> {
  const answer = await fetch(`${roadstead.url}/_roadstead/load-balancers`);
  const { listeners } = (await answer.json()) as { listeners: readonly ServedPlace[] };
  const host = listeners.find((one) => one.loadBalancerArn === loadBalancerArn)?.host;
  if (host === undefined || host === null) throw new Error("not listening yet");
  const socket = connect({ host: host.address, port: host.port, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { fingerprint } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint.replaceAll(":", "").toLowerCase();
}

describe("a requested certificate", () => {
  test("is issued at once, for its names, by the authority that comes with it", async () => {
    const CertificateArn = await request("shop.example.com", {
      SubjectAlternativeNames: ["*.shop.example.com"],
      Tags: [{ Key: "Team", Value: "harbour" }],
    });
    expect(CertificateArn).toMatch(/^arn:aws:acm:us-east-1:000000000000:certificate\/[0-9a-f-]{36}$/);
    const { Certificate: detail } = await client.send(new acm.DescribeCertificateCommand({ CertificateArn }));
    expect(detail).toMatchObject({
      ...{ DomainName: "shop.example.com", Status: "ISSUED", Type: "AMAZON_ISSUED", InUseBy: [] },
      SubjectAlternativeNames: ["shop.example.com", "*.shop.example.com"],
      ...{ KeyAlgorithm: "RSA_2048", SignatureAlgorithm: "SHA256WITHECDSA" },
      DomainValidationOptions: [
        { ValidationStatus: "SUCCESS", ResourceRecord: { Type: "CNAME" } },
        { ValidationDomain: "shop.example.com" },
      ],
    });
    const { Certificate = "", CertificateChain = "" } = await client.send(
      new acm.GetCertificateCommand({ CertificateArn }),
    );
    const [leaf, authority] = [new X509Certificate(Certificate), new X509Certificate(CertificateChain)];
    expect(authority.ca).toBe(true);
    expect(leaf.checkIssued(authority) && leaf.verify(authority.publicKey)).toBe(true);
    expect(leaf.checkHost("a.shop.example.com")).toBe("*.shop.example.com");
    const other = await client.send(
      new acm.GetCertificateCommand({ CertificateArn: await request("other.example.com") }),
    );
    expect(other.CertificateChain).toBe(CertificateChain);
    const { Tags } = await client.send(new acm.ListTagsForCertificateCommand({ CertificateArn }));
    expect(Tags).toEqual([{ Key: "Team", Value: "harbour" }]);
  });

  test("is found again by the same token, and exported only when asked so", async () => {
    const token = {
      IdempotencyToken: "once",
      KeyAlgorithm: "EC_prime256v1",
      Options: { Export: "ENABLED" },
    } as const;
    const CertificateArn = await request("token.example.com", token);
    expect(await request("token.example.com", token)).toBe(CertificateArn);
    const Passphrase = Buffer.from("swordfish");
    const { PrivateKey = "", Certificate = "" } = await client.send(
      new acm.ExportCertificateCommand({ CertificateArn, Passphrase }),
    );
    expect(PrivateKey).toContain("BEGIN ENCRYPTED PRIVATE KEY");
    const key = createPrivateKey({ key: PrivateKey, passphrase: Passphrase });
    expect(new X509Certificate(Certificate).checkPrivateKey(key)).toBe(true);
    await expect(
      client.send(
        new acm.ExportCertificateCommand({ CertificateArn: await request("kept.example.com"), Passphrase }),
      ),
    ).rejects.toMatchObject({ name: "ValidationException" });
    const { CertificateSummaryList = [] } = await client.send(
      new acm.ListCertificatesCommand({ Includes: { keyTypes: ["EC_prime256v1"] } }),
    );
    expect(CertificateSummaryList.map(({ DomainName, Exported }) => [DomainName, Exported])).toEqual([
      ["token.example.com", true],
    ]);
  });
});

describe.skipIf(certificatesMissing() !== undefined)("an imported certificate", () => {
  test("is kept with its key, replaced under its ARN, and held by listeners", async () => {
    const [one, two] = [testCertificate("one.example.com"), testCertificate("two.example.com")];
    const given = (pair: typeof one) => ({
      Certificate: Buffer.from(pair.cert),
      PrivateKey: Buffer.from(pair.key),
    });
    await expect(
      client.send(new acm.ImportCertificateCommand({ ...given(one), PrivateKey: Buffer.from(two.key) })),
    ).rejects.toMatchObject({
      name: "ValidationException",
      message: "The private key does not match the certificate.",
    });
    const { CertificateArn } = await client.send(new acm.ImportCertificateCommand(given(one)));
    const ec2 = new EC2Client(roadstead.client());
    const elb = new ElasticLoadBalancingV2Client(roadstead.client());
    const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
    const { LoadBalancers } = await elb.send(
      new CreateLoadBalancerCommand({
        ...{ Name: "secure", Scheme: "internal" },
        Subnets: Subnets.slice(0, 2).map(({ SubnetId = "" }) => SubnetId),
      }),
    );
    const LoadBalancerArn = LoadBalancers?.[0]?.LoadBalancerArn ?? "";
    await elb.send(
      new CreateListenerCommand({
        ...{ LoadBalancerArn, Port: 8443, Protocol: "HTTPS", Certificates: [{ CertificateArn }] },
        DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200" } }],
      }),
    );
    const describe = async () =>
      (await client.send(new acm.DescribeCertificateCommand({ CertificateArn }))).Certificate;
    expect(await describe()).toMatchObject({ Type: "IMPORTED", InUseBy: [LoadBalancerArn] });
    await expect(client.send(new acm.DeleteCertificateCommand({ CertificateArn }))).rejects.toMatchObject({
      name: "ResourceInUseException",
    });
    await vi.waitFor(async () => expect(await servedBy(LoadBalancerArn)).toBe(one.thumbprint), patient);
    await client.send(new acm.ImportCertificateCommand({ CertificateArn, ...given(two) }));
    await vi.waitFor(async () => expect(await servedBy(LoadBalancerArn)).toBe(two.thumbprint), patient);
    expect((await describe())?.SubjectAlternativeNames).toContain("two.example.com");
    await elb.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }));
    await client.send(new acm.DeleteCertificateCommand({ CertificateArn }));
    await expect(describe()).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Could not find certificate ${CertificateArn}.`,
    });
    ec2.destroy();
    elb.destroy();
  });
});
