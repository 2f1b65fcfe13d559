import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreatePullThroughCacheRuleCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pushImage } from "../../src/cli/oci-client.ts";
import { sampleImage } from "../../src/cli/sample-image.ts";
import { command, missing } from "../support/command.ts";
import { eventually, freePort } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

const account = "111111111111";
const absent = missing("docker-registry", "--version");
/** The registry takes bcrypt only: user ship, password anchor. */
const htpasswd = "ship:$2b$05$KLIaW4Td8Ds5d5L97LcFg..Q72IpmlOcB1GlfC4d1Qg6IPHbMQG8O";
let registry: ChildProcess;
let upstream = "";
let roadstead: TestRoadstead;
let folder: string;
let ecr: ECRClient;
let password: string;
let digest: string;

describe.skipIf(absent)("Debian's docker-registry as upstream", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "roadstead-upstream-"));
    const port = await freePort();
    upstream = `http://127.0.0.1:${port}`;
    writeFileSync(join(folder, "htpasswd"), `${htpasswd}\n`);
    mkdirSync(join(folder, "home"));
    const config = {
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(folder, "state") } },
      http: { addr: `127.0.0.1:${port}` },
      auth: { htpasswd: { realm: "upstream", path: join(folder, "htpasswd") } },
    };
    writeFileSync(join(folder, "config.yml"), JSON.stringify(config));
    registry = spawn("docker-registry", ["serve", join(folder, "config.yml")], { stdio: "ignore" });
    const authorization = `Basic ${Buffer.from("ship:anchor").toString("base64")}`;
    const up = () => fetch(`${upstream}/v2/`, { headers: { authorization } });
    expect(await eventually(20, async () => (await up()).status === 200)).toBe(true);
    ({ digest } = await pushImage({
      registry: upstream,
      repository: "team/app",
      reference: "v1",
      authorization,
      ...sampleImage("upstream"),
    }));

    roadstead = await testRoadstead({ registryNames: "path", pullThroughUpstreams: [upstream] });
    ecr = new ECRClient(roadstead.client(account));
    const secrets = new SecretsManagerClient(roadstead.client(account));
    const { ARN: credentialArn } = await secrets.send(
      new CreateSecretCommand({
        Name: "ecr-pullthroughcache/ship",
        SecretString: JSON.stringify({ username: "ship", accessToken: "anchor" }),
      }),
    );
    secrets.destroy();
    for (const ecrRepositoryPrefix of ["docker", "skopeo"]) {
      await ecr.send(
        new CreatePullThroughCacheRuleCommand({
          ecrRepositoryPrefix,
          upstreamRegistryUrl: upstream,
          credentialArn,
        }),
      );
    }
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    password = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64")
      .toString()
      .slice(4);
  }, 60_000);
  afterAll(async () => {
    ecr?.destroy();
    await roadstead?.stop();
    registry?.kill("SIGTERM");
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  const image = (prefix: string) => `localhost:${roadstead.port}/${account}.us-east-1/${prefix}/team/app`;

  async function run(file: string, args: readonly string[], input?: string): Promise<string> {
    const env = { ...process.env, HOME: join(folder, "home") };
    const outcome = await command(file, args, { env, input });
    expect(outcome.code, `${file} ${args.join(" ")}\n${outcome.stderr}`).toBe(0);
    return outcome.stdout;
  }

  const arrived = (prefix: string) =>
    expect
      .poll(
        async () => {
          const { imageDetails = [] } = await ecr
            .send(new DescribeImagesCommand({ repositoryName: `${prefix}/team/app` }))
            .catch(() => ({ imageDetails: [] }));
          return imageDetails.map(({ imageDigest, imageTags }) => `${imageTags} ${imageDigest}`);
        },
        { timeout: 20_000 },
      )
      .toEqual([`v1 ${digest}`]);

  test.skipIf(missing("docker", "version"))("docker pulls what was never seen", async () => {
    await run(
      "docker",
      ["login", "--username", "AWS", "--password-stdin", `localhost:${roadstead.port}`],
      password,
    );
    expect(await run("docker", ["pull", `${image("docker")}:v1`])).toContain(`Digest: ${digest}`);
    await arrived("docker");
    await run("docker", ["image", "rm", `${image("docker")}:v1`]);
  });

  test.skipIf(missing("skopeo", "--version"))("skopeo copies it by its digest, then by its tag", async () => {
    const from = ["--src-tls-verify=false", "--src-creds", `AWS:${password}`];
    for (const [reference, to] of [
      [`@${digest}`, "one"],
      [":v1", "two"],
    ]) {
      await run("skopeo", [
        "copy",
        "--insecure-policy",
        ...from,
        `docker://${image("skopeo")}${reference}`,
        `dir:${join(folder, to ?? "")}`,
      ]);
    }
    await arrived("skopeo");
  });

  test("what is cached is served when upstream is gone", async () => {
    const before = await pulled("docker/team/app/manifests/v1");
    const ended = new Promise<void>((resolve) => registry.once("exit", () => resolve()));
    registry.kill("SIGKILL");
    await ended;
    expect(before.status).toBe(200);
    expect((await pulled("docker/team/app/manifests/v1")).headers.get("docker-content-digest")).toBe(digest);
    expect((await pulled("docker/team/app/manifests/v2")).status).toBe(503);
  });

  function pulled(path: string): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`AWS:${password}`).toString("base64")}`;
    return fetch(`${roadstead.url}/v2/${account}.us-east-1/${path}`, { headers: { authorization } });
  }
});
