import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkServerCertificate } from "./certificates.ts";
import { encodePublicKey, fingerprint, readPublicKey } from "./ssh-public-keys.ts";
import type { IamTables } from "./store.ts";
import { onBothDatabases, play } from "./testing.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../../../test/fixtures/credentials/${name}`, import.meta.url), "utf8").trim();
const [ca, leaf, expired] = [fixture("ca.pem"), fixture("leaf.pem"), fixture("expired.pem")];
const [caKey, leafKey] = [fixture("ca.key"), fixture("leaf.key")];
const [ssh, sshPem] = [fixture("ssh.pub"), fixture("ssh.pem")];
const md5 = "a6:5d:a9:5b:bf:5d:75:27:6f:02:3f:be:f6:96:0b:eb";
const now = Date.UTC(2026, 8, 11);

describe("server certificates", () => {
  const notPem = "Unable to parse certificate. Please ensure the certificate is in PEM format.";
  const badChain = expect.stringMatching(/^Unable to validate certificate chain\. .* is: 0$/);
  test.each([
    ["is no PEM", { body: "leaf" }, "MalformedCertificate", notPem],
    ["is two", { body: `${leaf}\n${ca}` }, "MalformedCertificate", notPem],
    ["is none", { body: leaf.replaceAll("A", "B") }, "MalformedCertificate", notPem],
    ["is expired", { body: expired }, "MalformedCertificate", expect.any(String)],
    [
      "has no key",
      { privateKey: "key" },
      "MalformedCertificate",
      "Private Key was in an unrecognized format.",
    ],
    ["has another's key", { privateKey: caKey }, "KeyPairMismatch", expect.any(String)],
    ["has another's chain", { chain: leaf }, "MalformedCertificate", badChain],
    ["has a chain that is none", { chain: "chain" }, "MalformedCertificate", notPem],
  ])("are refused: one that %s", (_what, change, code, message) => {
    const parts = { body: leaf, privateKey: leafKey, chain: undefined, ...change };
    expect(() => checkServerCertificate(parts, now)).toThrow(expect.objectContaining({ code, message }));
  });

  test("expire when they say", () => {
    const parts = { body: leaf, privateKey: leafKey, chain: ca };
    expect(checkServerCertificate(parts, now)).toBe(Date.UTC(2099, 0, 1));
  });
});

describe("SSH public keys", () => {
  test("have one fingerprint in both encodings, and turn from one into the other", () => {
    expect(fingerprint(readPublicKey(ssh))).toBe(md5);
    expect(fingerprint(readPublicKey(sshPem))).toBe(md5);
    expect(encodePublicKey(ssh, "SSH")).toBe(ssh);
    expect(encodePublicKey(ssh, "PEM")).toBe(sshPem);
    expect(encodePublicKey(sshPem, "PEM")).toBe(sshPem);
    expect(encodePublicKey(sshPem, "SSH")).toBe(ssh.split(" ").slice(0, 2).join(" "));
  });

  test.each([
    ["no key", "key"],
    ["a short key", fixture("short.pub")],
    ["another kind", fixture("ed.pub")],
    ["a cut one", ssh.slice(0, 200)],
    ["another's name", ssh.replace("ssh-rsa AAAAB3", "ssh-rsa AAAAB4")],
    ["a length beyond the end", `ssh-rsa ${Buffer.from("ffffffff00", "hex").toString("base64")}`],
    ["PEM of no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"],
  ])("are refused: %s", (_what, body) => {
    expect(() => readPublicKey(body)).toThrow(expect.objectContaining({ code: "InvalidPublicKey" }));
  });
});

onBothDatabases("certificates and SSH keys", (iam) => {
  const given = { ServerCertificateName: "c", CertificateBody: leaf, PrivateKey: leafKey };
  const notFound = "NoSuchEntity: The Server Certificate with name c cannot be found.";
  const metadata = {
    ServerCertificateName: "c",
    Path: "/p/",
    Arn: "arn:aws:iam::ACCOUNT:server-certificate/p/c",
    UploadDate: "2026-09-11T10:20:28.000Z",
    Expiration: "2099-01-01T00:00:00.000Z",
  };
  // Codes and texts: AWS's answers as localstack's AWS-validated tests recorded them in February and March 2026.
  play(iam, [
    [
      "a server certificate",
      ["GetServerCertificate", { ServerCertificateName: "c" }, notFound],
      ["DeleteServerCertificate", { ServerCertificateName: "c" }, notFound],
      [
        "UploadServerCertificate",
        { ...given, Path: "/p/", CertificateChain: ca, Tags: [{ Key: "k", Value: "v" }] },
        { ServerCertificateMetadata: metadata, Tags: [{ Key: "k", Value: "v" }] },
      ],
      [
        "UploadServerCertificate",
        { ...given, ServerCertificateName: "C" },
        "EntityAlreadyExists: The Server Certificate with name C already exists.",
      ],
      [
        "GetServerCertificate",
        { ServerCertificateName: "c" },
        {
          ServerCertificate: {
            ServerCertificateMetadata: metadata,
            CertificateBody: leaf,
            CertificateChain: ca,
            Tags: [{ Key: "k", Value: "v" }],
          },
        },
      ],
      ["ListServerCertificates", { PathPrefix: "/p" }, { ServerCertificateMetadataList: [metadata] }],
      ["ListServerCertificates", { PathPrefix: "/q/" }, { ServerCertificateMetadataList: [] }],
      ["TagServerCertificate", { ServerCertificateName: "c", Tags: [{ Key: "K", Value: "w" }] }],
      ["UntagServerCertificate", { ServerCertificateName: "c", TagKeys: ["k"] }],
      ["ListServerCertificateTags", { ServerCertificateName: "c" }, { Tags: [{ Key: "K", Value: "w" }] }],
      ["UploadServerCertificate", { ...given, ServerCertificateName: "d" }],
      [
        "UpdateServerCertificate",
        { ServerCertificateName: "c", NewServerCertificateName: "D" },
        "EntityAlreadyExists: The Server Certificate with name D already exists.",
      ],
      [
        "UpdateServerCertificate",
        { ServerCertificateName: "c", NewServerCertificateName: "E", NewPath: "/" },
      ],
      ["GetServerCertificate", { ServerCertificateName: "c" }, notFound],
      [
        "ListServerCertificates",
        {},
        {
          ServerCertificateMetadataList: [
            { ServerCertificateName: "d" },
            { Arn: "arn:aws:iam::ACCOUNT:server-certificate/E" },
          ],
          IsTruncated: false,
        },
      ],
      ["GetAccountSummary", {}, { SummaryMap: { ServerCertificates: 2 } }],
      ["DeleteServerCertificate", { ServerCertificateName: "e" }],
    ],
    [
      "signing certificates",
      ["CreateUser", { UserName: "u" }],
      ["CreateUser", { UserName: "v" }],
      [
        "UploadSigningCertificate",
        { UserName: "x", CertificateBody: leaf },
        "NoSuchEntity: The user with name x cannot be found.",
      ],
      [
        "UploadSigningCertificate",
        { UserName: "u", CertificateBody: "invalid-certificate-body" },
        "MalformedCertificate: Certificate invalid-certificate-body is malformed.",
      ],
      [
        "UploadSigningCertificate",
        { UserName: "u", CertificateBody: expired },
        "InvalidCertificate: The certificate is expired.",
      ],
      [
        "UpdateSigningCertificate",
        { UserName: "u", CertificateId: "NONEXISTENTCERTID12345678901", Status: "Inactive" },
        "NoSuchEntity: The Certificate with id NONEXISTENTCERTID12345678901 cannot be found.",
      ],
      [
        "UploadSigningCertificate",
        { UserName: "u", CertificateBody: leaf },
        { Certificate: { UserName: "u", CertificateBody: leaf, Status: "Active" } },
      ],
      ["UploadSigningCertificate", { UserName: "u", CertificateBody: leaf }],
      ["UploadSigningCertificate", { UserName: "v", CertificateBody: leaf }, duplicateCertificate()],
      ["UploadSigningCertificate", { UserName: "u", CertificateBody: ca }],
      ["ListSigningCertificates", { UserName: "v" }, { Certificates: [], IsTruncated: false }],
      ["ListSigningCertificates", { UserName: "u", MaxItems: 1 }, { IsTruncated: true }],
      [
        "DeleteUser",
        { UserName: "u" },
        "DeleteConflict: Cannot delete entity, must delete signing certificates first.",
      ],
      ["UploadSigningCertificate", { CertificateBody: leaf }, duplicateCertificate()],
    ],
    [
      "an SSH public key",
      ["CreateUser", { UserName: "u" }],
      ["ListSSHPublicKeys", { UserName: "u" }, { SSHPublicKeys: [], IsTruncated: false }],
      [
        "GetSSHPublicKey",
        { UserName: "u", SSHPublicKeyId: "APKAXXXXXXXXXXXXXXXXX", Encoding: "SSH" },
        "NoSuchEntity: The Public Key with id APKAXXXXXXXXXXXXXXXXX cannot be found.",
      ],
      [
        "DeleteSSHPublicKey",
        { UserName: "u", SSHPublicKeyId: "APKAXXXXXXXXXXXXXXXXX" },
        "NoSuchEntity: The Public Key with id APKAXXXXXXXXXXXXXXXXX cannot be found.",
      ],
      [
        "UploadSSHPublicKey",
        { UserName: "u", SSHPublicKeyBody: ssh },
        {
          SSHPublicKey: {
            UserName: "u",
            Fingerprint: md5,
            SSHPublicKeyBody: ssh,
            Status: "Active",
            UploadDate: "2026-09-11T10:20:28.000Z",
          },
        },
      ],
      [
        "UploadSSHPublicKey",
        { UserName: "u", SSHPublicKeyBody: sshPem },
        "DuplicateSSHPublicKey: The SSH public key is already associated with the specified IAM user.",
      ],
      ["UpdateUser", { UserName: "u", NewUserName: "w" }],
      ["ListSSHPublicKeys", { UserName: "w" }, { SSHPublicKeys: [{ UserName: "w", Status: "Active" }] }],
      [
        "DeleteUser",
        { UserName: "w" },
        "DeleteConflict: Cannot delete entity, must remove referenced objects first.",
      ],
    ],
  ]);

  test("signing certificates and SSH keys are switched off and deleted by their ids", async () => {
    const account = iam().account();
    const act = (operation: string, input: object) =>
      iam().call(account, operation, { UserName: "u", ...input });
    await act("CreateUser", {});
    const { Certificate } = await act("UploadSigningCertificate", { CertificateBody: leaf });
    const { CertificateId } = Certificate as { CertificateId: string };
    expect(CertificateId).toMatch(/^[A-Z2-7]{32}$/);
    await act("UpdateSigningCertificate", { CertificateId, Status: "Inactive" });
    expect(await act("ListSigningCertificates", {})).toMatchObject({
      Certificates: [{ Status: "Inactive" }],
    });
    await act("DeleteSigningCertificate", { CertificateId });
    expect(await act("ListSigningCertificates", {})).toMatchObject({ Certificates: [] });

    const { SSHPublicKey } = await act("UploadSSHPublicKey", { SSHPublicKeyBody: ssh });
    const { SSHPublicKeyId } = SSHPublicKey as { SSHPublicKeyId: string };
    expect(SSHPublicKeyId).toMatch(/^APKA[A-Z2-7]{17}$/);
    await act("UpdateSSHPublicKey", { SSHPublicKeyId, Status: "Inactive" });
    expect(await act("GetSSHPublicKey", { SSHPublicKeyId, Encoding: "PEM" })).toMatchObject({
      SSHPublicKey: { Status: "Inactive", SSHPublicKeyBody: sshPem },
    });
    await act("DeleteSSHPublicKey", { SSHPublicKeyId });
    await act("DeleteUser", {});
  });

  test("private keys are sealed", async () => {
    const account = iam().account();
    await iam().call(account, "UploadServerCertificate", given);
    const row = await iam()
      .store.rows.tables<IamTables>()
      .selectFrom("iam_server_certificate")
      .select("private_key")
      .where("account", "=", account)
      .executeTakeFirstOrThrow();
    expect(row.private_key).toBe(`iam.server-certificate|${leafKey}`);
  });
});

function duplicateCertificate(): string {
  return "DuplicateCertificate: The same certificate is already associated with another user in this account.";
}
