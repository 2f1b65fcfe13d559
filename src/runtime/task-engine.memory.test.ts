import { systemClock } from "../kernel/clock.ts";
import { createMemoryEngine } from "./engine/memory/memory-engine.ts";
import { judgeRuntime } from "./suite.ts";
import { makeFolder, TaskEngineUnderTest } from "./task-engine.testing.ts";

judgeRuntime("tasks on an engine in memory", async () => {
  return new TaskEngineUnderTest(createMemoryEngine(systemClock), await makeFolder(), ["oom"]);
});
