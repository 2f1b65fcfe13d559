import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { certificatesMissing, testCertificate } from "../support/certificate.ts";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { writeLayout } from "./layouts.ts";

/**
 * amazon-ecr-credential-helper as docs/operate/clients.md says: it knows AWS's names only, so a hosts file leads them
 * to a Roadstead that serves TLS on port 443 for the domain amazonaws.com. The hosts file is one of a mount namespace.
 */

const helper = "docker-credential-ecr-login";
const account = "111122223333";
const region = "us-east-1";
const host = "127.0.0.2";
const api = `api.ecr.${region}.amazonaws.com`;
const registry = `${account}.dkr.ecr.${region}.amazonaws.com`;

const unusable =
  missing(helper, "-v") ??
  certificatesMissing() ??
  missing("unshare", "--mount", "true") ??
  missing("skopeo") ??
  (process.getuid?.() === 0 ? undefined : "port 443 and a hosts file of one's own need root");

describe.skipIf(unusable)("amazon-ecr-credential-helper", { timeout: 60_000 }, () => {
  let roadstead: TestRoadstead;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "roadstead-helper-"));
    const file = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const certificate = testCertificate(api, registry, "*.amazonaws.com");
    roadstead = await testRoadstead({
      host,
      port: 443,
      domain: "amazonaws.com",
      registryNames: "subdomain",
      tlsCertificate: file("cert.pem", certificate.cert),
      tlsKey: file("key.pem", certificate.key),
    });
    file("hosts", `127.0.0.1 localhost\n${host} ${api} ${registry}\n`);
    file("auth.json", JSON.stringify({ credHelpers: { [registry]: "ecr-login" } }));
  });
  afterAll(async () => {
    await roadstead?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Runs a command on a machine whose hosts file leads AWS's names here. */
  const mapped = (args: readonly string[], input = "", env: NodeJS.ProcessEnv = {}) =>
    command(
      "unshare",
      // biome-ignore format: a command line
      ["--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', join(folder, "hosts"), ...args],
      {
        env: {
          ...roadstead.environment(account, region),
          HOME: folder,
          SSL_CERT_FILE: join(folder, "cert.pem"),
          REGISTRY_AUTH_FILE: join(folder, "auth.json"),
          ...env,
        },
        input,
      },
    );

  test("fetches the password for a registry's name", async () => {
    const got = await mapped([helper, "get"], registry);
    expect(got, got.stderr).toMatchObject({ code: 0 });
    expect(JSON.parse(got.stdout)).toMatchObject({
      Username: "AWS",
      Secret: expect.stringMatching(/^.{20,}$/),
    });
  });

  test("signs skopeo in, which pushes and pulls under AWS's name", async () => {
    const created = await mapped([
      "aws",
      "ecr",
      "create-repository",
      "--repository-name",
      "team/app",
      "--endpoint-url",
      `https://${api}`,
      "--ca-bundle",
      join(folder, "cert.pem"),
      "--query",
      "repository.repositoryUri",
      "--output",
      "text",
    ]);
    expect(created.stdout.trim(), created.stderr).toBe(`${registry}/team/app`);
    const layout = join(folder, "layout");
    const digest = writeLayout(layout, "helper");
    const pushed = await mapped(["skopeo", "copy", `oci:${layout}:v1`, `docker://${registry}/team/app:v1`]);
    expect(pushed, pushed.stderr).toMatchObject({ code: 0 });
    const seen = await mapped(["skopeo", "inspect", `docker://${registry}/team/app:v1`]);
    expect(JSON.parse(seen.stdout), seen.stderr).toMatchObject({ Digest: digest });
  });

  test("gives nothing for a wrong key", async () => {
    const got = await mapped([helper, "get"], registry, {
      AWS_SECRET_ACCESS_KEY: "wrong",
      AWS_ECR_DISABLE_CACHE: "true",
      HOME: join(folder, "another"),
    });
    expect(got.code).not.toBe(0);
    expect(got.stdout).not.toContain("Secret");
  });
});
