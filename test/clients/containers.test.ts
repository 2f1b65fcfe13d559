import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateRepositoryCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sampleImage } from "../../src/cli/sample-image.ts";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { digestOf } from "./images.ts";
import { writeLayout } from "./layouts.ts";

const patience = { timeout: 120_000 };
const account = "111111111111";
let roadstead: TestRoadstead;
let ecr: ECRClient;
let folder: string;
let password: string;

beforeAll(async () => {
  roadstead = await testRoadstead({ registryNames: "path" });
  ecr = new ECRClient(roadstead.client(account));
  // Lower case and short: podman reads a layout's path as an image name, and its runroot has a limit.
  folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
  mkdirSync(folder, { recursive: true });
  for (const name of ["docker", "skopeo", "podman"])
    await ecr.send(new CreateRepositoryCommand({ repositoryName: `by/${name}` }));
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64").toString("utf8");
  password = token.slice("AWS:".length);
});
afterAll(async () => {
  await roadstead.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** `localhost:<port>/<account>.us-east-1/by/<name>`. */
function uri(name: string): string {
  return `localhost:${roadstead.port}/${account}.us-east-1/by/${name}`;
}

/** Runs a client that must succeed; a home of its own keeps the user's logins apart. */
async function run(file: string, args: readonly string[], input?: string): Promise<string> {
  const outcome = await command(file, args, { env: { ...process.env, HOME: folder }, input });
  expect(outcome.code, `${file} ${args.join(" ")}\n${outcome.stderr}`).toBe(0);
  return outcome.stdout;
}

async function imagesOf(name: string) {
  const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName: `by/${name}` }));
  return imageDetails;
}

describe.skipIf(missing("docker", "version"))("docker", patience, () => {
  test("login, push, pull: the digest is docker's own", async () => {
    const image = `${uri("docker")}:v1`;
    await run(
      "docker",
      ["login", "--username", "AWS", "--password-stdin", `localhost:${roadstead.port}`],
      password,
    );
    const layer = join(folder, "layer.tar.gz");
    writeFileSync(layer, sampleImage("docker").layers[0] ?? Buffer.alloc(0));
    await run("docker", ["import", layer, image]);
    const pushed = /digest: (sha256:[0-9a-f]{64}) size/.exec(await run("docker", ["push", image]))?.[1];
    expect(pushed).toBeDefined();
    expect(await imagesOf("docker")).toMatchObject([{ imageDigest: pushed, imageTags: ["v1"] }]);

    const id = (await run("docker", ["image", "inspect", "--format", "{{.Id}}", image])).trim();
    await run("docker", ["image", "rm", image]);
    expect(await run("docker", ["pull", image])).toContain(`Digest: ${pushed}`);
    expect((await run("docker", ["image", "inspect", "--format", "{{.Id}}", image])).trim()).toBe(id);
    await run("docker", ["image", "rm", image]);
    expect(await run("docker", ["pull", `${uri("docker")}@${pushed}`])).toContain(`Digest: ${pushed}`);
    await run("docker", ["image", "rm", `${uri("docker")}@${pushed}`]);
  });

  test("a repository that is not there is told by its name", async () => {
    const image = `${uri("missing")}:v1`;
    await run("docker", ["import", join(folder, "layer.tar.gz"), image]);
    const outcome = await command("docker", ["push", image], { env: { ...process.env, HOME: folder } });
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr + outcome.stdout).toContain(
      `The repository with name 'by/missing' does not exist in the registry with id '${account}'`,
    );
    await run("docker", ["image", "rm", image]);
  });
});

describe.skipIf(missing("skopeo"))("skopeo", patience, () => {
  test("copies an OCI layout in and out, byte for byte", async () => {
    const layout = join(folder, "layout");
    const digest = writeLayout(layout, "skopeo");
    const creds = `AWS:${password}`;
    await run("skopeo", [
      "copy",
      "--dest-tls-verify=false",
      "--dest-creds",
      creds,
      `oci:${layout}:v1`,
      `docker://${uri("skopeo")}:v1`,
    ]);
    expect(await imagesOf("skopeo")).toMatchObject([{ imageDigest: digest, imageTags: ["v1"] }]);

    const raw = await run("skopeo", [
      "inspect",
      "--raw",
      "--tls-verify=false",
      "--creds",
      creds,
      `docker://${uri("skopeo")}:v1`,
    ]);
    expect(digestOf(Buffer.from(raw))).toBe(digest);
    const tags = JSON.parse(
      await run("skopeo", ["list-tags", "--tls-verify=false", "--creds", creds, `docker://${uri("skopeo")}`]),
    );
    expect(tags).toMatchObject({ Tags: ["v1"] });

    const out = join(folder, "out");
    await run("skopeo", [
      "copy",
      "--src-tls-verify=false",
      "--src-creds",
      creds,
      `docker://${uri("skopeo")}@${digest}`,
      `oci:${out}:v1`,
    ]);
    expect(JSON.parse(readFileSync(join(out, "index.json"), "utf8"))).toMatchObject({
      manifests: [{ digest }],
    });
  });
});

describe.skipIf(missing("podman"))("podman", patience, () => {
  test("pushes and pulls", async () => {
    const layout = join(folder, "podman-layout");
    const digest = writeLayout(layout, "podman");
    const storage = [
      "--root",
      join(folder, "storage"),
      "--runroot",
      join(folder, "run"),
      "--storage-driver",
      "vfs",
    ];
    const image = `${uri("podman")}:v1`;
    const creds = ["--tls-verify=false", "--creds", `AWS:${password}`];
    const id = (await run("podman", [...storage, "pull", "--quiet", `oci:${layout}:v1`])).trim();
    await run("podman", [...storage, "push", "--quiet", ...creds, id, image]);
    const [pushed] = await imagesOf("podman");
    expect(pushed?.imageTags).toEqual(["v1"]);
    await run("podman", [...storage, "image", "rm", "--force", id]);
    expect((await run("podman", [...storage, "pull", "--quiet", ...creds, image])).trim()).toBe(id);
    expect(digest).toMatch(/^sha256:/);
  });
});
