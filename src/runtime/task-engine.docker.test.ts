import { describe, test } from "vitest";
import { parseDockerHost } from "./engine/docker/connection.ts";
import { createDockerEngine } from "./engine/docker/docker-engine.ts";
import type { ContainerEngine } from "./engine/port.ts";
import { judgeRuntime } from "./suite.ts";
import { importBusybox, makeFolder, noDockerEngine, TaskEngineUnderTest } from "./task-engine.testing.ts";

const address = parseDockerHost(process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock");
const connect = (): ContainerEngine => createDockerEngine(address ?? { socketPath: "/var/run/docker.sock" });

const probe = connect();
const missing = await noDockerEngine(probe);
if (missing === undefined) await importBusybox(probe);
probe.close();

if (missing !== undefined) {
  describe("tasks on a Docker Engine", () => {
    test.skip(`SKIPPED: no Docker Engine or no busybox: ${missing}`, () => {});
  });
} else {
  judgeRuntime("tasks on a Docker Engine", async () => {
    return new TaskEngineUnderTest(connect(), await makeFolder(), ["tail", "/dev/zero"]);
  });
}
