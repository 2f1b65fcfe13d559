import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { findProgram } from "../support/daemon.ts";
import { removePulledImages } from "../support/engine-images.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** `roadstead compose` on a real Docker Engine: two services that find each other by name, from `up` to `down`. */

const account = "595959595959";
const busybox = findProgram("busybox");
const reason =
  missing("docker", "version") ??
  missing("aws") ??
  (busybox === undefined ? "there is no busybox to make an image of" : undefined);
const roadsteadCommand = new URL("../../src/cli/roadstead.ts", import.meta.url).pathname;
const tsx = new URL("../../node_modules/.bin/tsx", import.meta.url).pathname;

const file = (image: string, greeting: string) => `
services:
  web:
    image: ${image}
    command: "sh -c 'until wget -q -O - http://api:8081/ > /w/index.html; do sleep 1; done; exec httpd -f -v -p 8080 -h /w'"
    ports: ["\${PORT}:8080"]
    depends_on:
      api: {condition: service_healthy}
    stop_grace_period: 2s
    init: true
  api:
    image: ${image}
    command: ["sh", "-c", "echo $$GREETING > /w/index.html; echo ready; exec httpd -f -p 8081 -h /w"]
    environment: {GREETING: ${greeting}}
    healthcheck: {test: wget -q -O /dev/null http://127.0.0.1:8081/, interval: 5s}
    stop_grace_period: 2s
    init: true
`;

describe.skipIf(reason !== undefined)("roadstead compose", { timeout: 300_000 }, () => {
  let roadstead: TestRoadstead;
  let folder: string;
  let image: string;

  beforeAll(async () => {
    roadstead = await testRoadstead({ ecsRuntime: "docker", ecsHealthyAfter: 1 });
    folder = mkdtempSync(join(tmpdir(), "roadstead-compose-"));
    image = await pushed();
  }, 120_000);
  afterAll(async () => {
    if (roadstead !== undefined) await removePulledImages(roadstead.port);
    await roadstead?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  async function run(file: string, args: readonly string[], input?: string): Promise<string> {
    const { code, stdout, stderr } = await command(file, args, {
      env: { ...process.env, ...roadstead.environment(account), HOME: folder, PORT: "18088" },
      cwd: folder,
      timeoutMs: 200_000,
      ...(input !== undefined && { input }),
    });
    expect(code, `${file} ${args.join(" ")}: ${stderr}`).toBe(0);
    return stdout;
  }

  async function pushed(): Promise<string> {
    const made = JSON.parse(await run("aws", ["ecr", "create-repository", "--repository-name", "base"]));
    const uri: string = made.repository.repositoryUri;
    const root = join(folder, "root");
    for (const name of ["bin", "w"]) mkdirSync(join(root, name), { recursive: true });
    copyFileSync(busybox ?? "", join(root, "bin", "busybox"));
    for (const applet of ["sh", "httpd", "wget", "sleep"]) symlinkSync("busybox", join(root, "bin", applet));
    await run("tar", ["-C", root, "-cf", join(folder, "root.tar"), "."]);
    await run("docker", ["import", "--change", "ENV PATH=/bin", join(folder, "root.tar"), `${uri}:v1`]);
    const password = await run("aws", ["ecr", "get-login-password"]);
    await run("docker", ["login", "--username", "AWS", "--password-stdin", uri], password);
    await run("docker", ["push", `${uri}:v1`]);
    await run("docker", ["image", "rm", `${uri}:v1`]);
    return `${uri}:v1`;
  }

  const compose = async (...args: readonly string[]) =>
    JSON.parse(
      await run(tsx, [
        roadsteadCommand,
        "compose",
        ...args,
        "--json",
        "--project-name",
        "shop",
        "--endpoint",
        roadstead.url,
      ]),
    );

  async function up(greeting: string): Promise<string> {
    writeFileSync(join(folder, "compose.yaml"), file(image, greeting));
    const { project, ports } = await compose("up");
    expect(project).toBe("shop");
    expect(ports).toMatchObject([{ service: "web", port: 18088 }]);
    return `http://${ports[0].address}/`;
  }

  test("is up, answers at the port that is published, and is changed by another up", async () => {
    const url = await up("hello");
    expect((await (await fetch(url)).text()).trim()).toBe("hello");

    const tasks = await compose("ps");
    expect(tasks).toMatchObject([
      { service: "api", status: "RUNNING", health: "HEALTHY" },
      { service: "web", status: "RUNNING" },
    ]);
    const said = await run(tsx, [
      ...[roadsteadCommand, "compose", "logs", "api", "--project-name", "shop", "--endpoint", roadstead.url],
    ]);
    expect(said).toContain("api | ready\n");

    await up("hello");
    expect(await compose("ps")).toEqual(tasks);
    await up("servus");
    const [api] = await compose("ps");
    expect(api).toMatchObject({ service: "api", status: "RUNNING" });
    expect(api.task).not.toBe(tasks[0].task);
  });

  test("is gone after down: no container, no network", async () => {
    expect(await compose("down")).toEqual({ project: "shop", removed: true });
    expect(await compose("down")).toEqual({ project: "shop", removed: false });
    const installation = readFileSync(join(roadstead.dataDir, "installation"), "utf8").trim();
    const label = `label=roadstead.installation=${installation}`;
    const left = () => run("docker", ["ps", "--all", "--quiet", "--filter", label]);
    await expect.poll(left, { timeout: 30_000 }).toBe("");
    expect(await run("docker", ["network", "ls", "--quiet", "--filter", label])).toBe("");
  });
});
