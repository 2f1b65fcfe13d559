import { readFileSync } from "node:fs";
import { CloudTrailClient, paginateLookupEvents } from "@aws-sdk/client-cloudtrail";
import {
  CreateLoginProfileCommand,
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  GenerateCredentialReportCommand,
  GetCredentialReportCommand,
  IAMClient,
  ResetServiceSpecificCredentialCommand,
  UpdateLoginProfileCommand,
  UploadServerCertificateCommand,
} from "@aws-sdk/client-iam";
import { expect, test } from "vitest";
import { testRoadstead } from "./support/roadstead.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`fixtures/credentials/${name}`, import.meta.url), "utf8").trim();

test("secrets of IAM's credentials, given or told, are in no record of the trail", async () => {
  const roadstead = await testRoadstead();
  const iam = new IAMClient(roadstead.client());
  const trail = new CloudTrailClient(roadstead.client());
  try {
    const UserName = "u";
    const [first, second] = ["First-Passw0rd", "Second-Passw0rd"];
    const PrivateKey = fixture("leaf.key");
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new CreateLoginProfileCommand({ UserName, Password: first }));
    await iam.send(new UpdateLoginProfileCommand({ UserName, Password: second }));
    const mfa = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "d" }));
    const made = await iam.send(
      new CreateServiceSpecificCredentialCommand({ UserName, ServiceName: "bedrock.amazonaws.com" }),
    );
    const { ServiceSpecificCredentialId, ServiceCredentialSecret } = made.ServiceSpecificCredential ?? {};
    const reset = await iam.send(
      new ResetServiceSpecificCredentialCommand({ ServiceSpecificCredentialId, UserName }),
    );
    const CertificateBody = fixture("leaf.pem");
    await iam.send(
      new UploadServerCertificateCommand({ ServerCertificateName: "c", CertificateBody, PrivateKey }),
    );
    await iam.send(new GenerateCredentialReportCommand({}));
    const report = await iam.send(new GetCredentialReportCommand({}));
    expect(Buffer.from(report.Content ?? []).toString()).toMatch(/^user,arn,[\s\S]+\nu,arn:aws:iam::/);

    const records: string[] = [];
    for await (const page of paginateLookupEvents({ client: trail }, {})) {
      records.push(...(page.Events ?? []).map((event) => event.CloudTrailEvent ?? ""));
    }
    const names = records.map((record) => (JSON.parse(record) as { eventName: string }).eventName);
    expect(names).toEqual(
      expect.arrayContaining(["CreateLoginProfile", "CreateVirtualMFADevice", "UploadServerCertificate"]),
    );
    const seed = Buffer.from(mfa.VirtualMFADevice?.Base32StringSeed ?? []);
    const secrets: readonly (readonly [string, string | undefined])[] = [
      ["password", first],
      ["other password", second],
      ["seed", seed.toString()],
      ["seed in base64", seed.toString("base64")],
      ["API key", ServiceCredentialSecret],
      ["API key after its reset", reset.ServiceSpecificCredential?.ServiceCredentialSecret],
      ["private key", PrivateKey.split("\n")[5]],
    ];
    for (const [what, secret] of secrets) expect(secret?.length, what).toBeGreaterThan(10);
    const all = records.join("\n");
    expect(secrets.filter(([, secret]) => all.includes(secret ?? "")).map(([what]) => what)).toEqual([]);
  } finally {
    iam.destroy();
    trail.destroy();
    await roadstead.stop();
  }
}, 60_000);
