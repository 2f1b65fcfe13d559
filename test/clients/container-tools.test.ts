import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
import { eventually, runDaemon } from "../support/daemon.ts";
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

describe.skipIf(missing("containerd") ?? missing("ctr") ?? notRoot())("containerd's ctr", patience, () => {
  const home = mkdtempSync(join(tmpdir(), "rs-containerd-"));
  const socket = join(home, "socket");
  const ctr = (...args: string[]) =>
    run("ctr", ["--address", socket, "--namespace", "roadstead-test", ...args]);

  beforeAll(async () => {
    // Its content store is all that is needed; the other plugins ask for a kernel and a network of their own.
    writeFileSync(join(home, "config.toml"), containerdSettings(home));
    runDaemon('containerd --config "$1" & server=$!; until_the_end; rm -rf "$2"', [
      join(home, "config.toml"),
      home,
    ]);
    const answers = async () => (await command("ctr", ["--address", socket, "version"])).code === 0;
    expect(await eventually(30, answers)).toBe(true);
  });

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

/** A containerd of its own, whose folders and socket are below `home`. */
function containerdSettings(home: string): string {
  return `version = 2
root = "${home}/root"
state = "${home}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
address = "${home}/socket"
`;
}

/** Why a daemon cannot be started that only the superuser may run. */
function notRoot(): string | undefined {
  if (process.getuid?.() === 0) return undefined;
  process.stderr.write("SKIPPED: containerd runs as root only\n");
  return "not root";
}
