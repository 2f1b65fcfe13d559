import { describe, test } from "vitest";
import { connectToDocker, dockerMissing } from "./docker.testing.ts";
import { judgeRuntime } from "./suite.ts";
import { makeFolder, TaskEngineUnderTest } from "./task-engine.testing.ts";

if (dockerMissing !== undefined) {
  describe("tasks on a Docker Engine", () => {
    test.skip(`SKIPPED: no Docker Engine or no busybox: ${dockerMissing}`, () => {});
  });
} else {
  judgeRuntime("tasks on a Docker Engine", async () => {
    return new TaskEngineUnderTest(connectToDocker(), await makeFolder(), ["tail", "/dev/zero"]);
  });
}
