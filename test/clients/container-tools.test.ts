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
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { digestOf } from "./images.ts";
import { writeLayout } from "./layouts.ts";

/** Tools that people move images with, beside docker, podman and a plain skopeo copy (`containers.test.ts`). */

const patience = { timeout: 120_000 };
const account = "111111111111";
let roadstead: TestRoadstead;
let ecr: ECRClient;
let folder: string;
let password: string;

beforeAll(async () => {
  roadstead = await testRoadstead({ registryNames: "path" });
  ecr = new ECRClient(roadstead.client(account));
  folder = join(tmpdir(), `rs-${randomBytes(4).toString("hex")}`);
  mkdirSync(folder, { recursive: true });
  for (const name of ["buildah", "ctr", "umoci", "helper", "sync", "sync-again/sync", "delete"])
    await ecr.send(new CreateRepositoryCommand({ repositoryName: `by/${name}` }));
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? "", "base64").toString("utf8");
  password = token.slice("AWS:".length);
});
afterAll(async () => {
  ecr.destroy();
  await roadstead.stop();
  rmSync(folder, { recursive: true, force: true });
});

const registry = () => `localhost:${roadstead.port}/${account}.us-east-1`;
const uri = (name: string) => `${registry()}/by/${name}`;

/** Runs a client that must succeed; a home of its own keeps the user's logins apart. */
async function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const outcome = await command(file, args, { env: { ...process.env, HOME: folder, ...env } });
  expect(outcome.code, `${file} ${args.join(" ")}\n${outcome.stderr}`).toBe(0);
  return outcome.stdout;
}

async function imagesOf(name: string) {
  const { imageDetails = [] } = await ecr.send(new DescribeImagesCommand({ repositoryName: `by/${name}` }));
  return imageDetails;
}

const out = ["--dest-tls-verify=false"];
const into = () => [...out, "--dest-creds", `AWS:${password}`];
const from = () => ["--src-tls-verify=false", "--src-creds", `AWS:${password}`];

describe.skipIf(missing("skopeo"))("skopeo", patience, () => {
  test("copies every image of an index, and syncs repositories in and out", async () => {
    const layout = join(folder, "sync-layout");
    const digest = writeLayout(layout, "sync");
    await run("skopeo", ["copy", "--all", ...into(), `oci:${layout}:v1`, `docker://${uri("sync")}:v1`]);
    const mirror = join(folder, "mirror");
    await run("skopeo", ["sync", ...from(), "--src", "docker", "--dest", "dir", uri("sync"), mirror]);
    expect(digestOf(readFileSync(join(mirror, "sync:v1", "manifest.json")))).toBe(digest);
    const sync = ["sync", ...from(), ...into(), "--src", "docker", "--dest", "docker"];
    await run("skopeo", [...sync, uri("sync"), `${uri("sync-again")}`]);
    expect(await imagesOf("sync-again/sync")).toMatchObject([{ imageDigest: digest, imageTags: ["v1"] }]);
  });

  test("deletes", async () => {
    const layout = join(folder, "delete-layout");
    writeLayout(layout, "delete");
    await run("skopeo", ["copy", ...into(), `oci:${layout}:v1`, `docker://${uri("delete")}:v1`]);
    await run("skopeo", [
      ...["delete", "--tls-verify=false", "--creds", `AWS:${password}`],
      `docker://${uri("delete")}:v1`,
    ]);
    expect(await imagesOf("delete")).toEqual([]);
  });
});

describe.skipIf(missing("buildah"))("buildah", patience, () => {
  test("builds from nothing, pushes and pulls", async () => {
    const storage = [
      ...["--root", join(folder, "buildah"), "--runroot", join(folder, "b-run")],
      ...["--storage-driver", "vfs"],
    ];
    const creds = ["--tls-verify=false", "--creds", `AWS:${password}`];
    const made = (await run("buildah", [...storage, "from", "scratch"])).trim();
    writeFileSync(join(folder, "hello"), "from the harbour");
    await run("buildah", [...storage, "copy", made, join(folder, "hello"), "/hello"]);
    const image = `${uri("buildah")}:v1`;
    const id = (await run("buildah", [...storage, "commit", "--quiet", made, image])).trim();
    await run("buildah", [...storage, "push", ...creds, image]);
    expect(await imagesOf("buildah")).toMatchObject([{ imageTags: ["v1"] }]);
    await run("buildah", [...storage, "rm", made]);
    await run("buildah", [...storage, "rmi", "--force", id]);
    expect((await run("buildah", [...storage, "pull", "--quiet", ...creds, image])).trim()).toBe(id);
  });
});

describe.skipIf(missing("umoci") ?? missing("skopeo"))("umoci", patience, () => {
  test("a layout that it made goes in, comes out and unpacks", async () => {
    const layout = join(folder, "umoci");
    await run("umoci", ["init", "--layout", layout]);
    await run("umoci", ["new", "--image", `${layout}:v1`]);
    mkdirSync(join(folder, "tree"));
    writeFileSync(join(folder, "tree", "hello"), "from the harbour");
    await run("umoci", ["insert", "--rootless", "--image", `${layout}:v1`, join(folder, "tree"), "/srv"]);
    await run("skopeo", ["copy", ...into(), `oci:${layout}:v1`, `docker://${uri("umoci")}:v1`]);
    const back = join(folder, "umoci-back");
    await run("skopeo", ["copy", ...from(), `docker://${uri("umoci")}:v1`, `oci:${back}:v1`]);
    const bundle = join(folder, "bundle");
    await run("umoci", ["unpack", "--rootless", "--image", `${back}:v1`, bundle]);
    expect(readFileSync(join(bundle, "rootfs", "srv", "hello"), "utf8")).toBe("from the harbour");
  });
});

/** The sockets where a containerd may listen: its own, and the one that docker starts. */
const containerd = ["/run/containerd/containerd.sock", "/run/docker/containerd/containerd.sock"].find(
  (socket) => missing("ctr", "--address", socket, "version") === undefined,
);

describe.skipIf(containerd === undefined)("containerd's ctr", patience, () => {
  const ctr = (...args: string[]) =>
    run("ctr", ["--address", containerd ?? "", "--namespace", "roadstead-test", ...args]);

  test("pushes and pulls", async () => {
    const layout = join(folder, "ctr-layout");
    const digest = writeLayout(layout, "ctr");
    const archive = join(folder, "ctr.tar");
    await run("tar", ["-C", layout, "-cf", archive, "."]);
    const image = `${uri("ctr")}:v1`;
    const creds = ["--plain-http", "--user", `AWS:${password}`];
    await ctr("images", "import", "--all-platforms", "--no-unpack", "--index-name", image, archive);
    try {
      await ctr("images", "push", ...creds, image);
      const images = await imagesOf("ctr");
      // The archive's index goes too, and has the tag.
      expect(images.map((one) => one.imageDigest)).toContain(digest);
      expect(images.find((one) => one.imageTags?.includes("v1"))?.imageManifestMediaType).toMatch(/index/);
      await ctr("images", "rm", image);
      await ctr("content", "fetch", ...creds, image);
      expect(await ctr("images", "ls")).toContain(digest);
    } finally {
      await ctr("images", "rm", "--sync", image);
    }
  });
});
