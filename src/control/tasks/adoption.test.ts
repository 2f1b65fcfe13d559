import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeTasksCommand, ECSClient, StopTaskCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testRoadstead } from "../../../test/support/roadstead.ts";
import { movableClock } from "../../kernel/clock.ts";
import { taskWorld } from "../../services/ecs/tasks/world.testing.ts";
import { type ScriptedRuntime, scriptedRuntime } from "./runtime.testing.ts";

const patience = { timeout: 20_000 };
let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "roadstead-"));
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

test("after a restart what runs goes on, and what was stopping is stopped", async () => {
  const first = await testRoadstead(
    { dataDir },
    { fargate: (sink) => scriptedRuntime(sink, { stopped: () => [] }) },
  );
  const world = await taskWorld(first);
  const [stays, stops] = [await world.run(), await world.run()];
  await world.reached(stays.taskArn, "RUNNING");
  await world.reached(stops.taskArn, "RUNNING");
  await world.ecs.send(new StopTaskCommand({ task: stops.taskArn, reason: "enough" }));
  await world.reached(stops.taskArn, "STOPPING");
  await first.stop();

  let runtime: ScriptedRuntime | undefined;
  let away: string | undefined = "the engine is away";
  const kept: ReadonlySet<string>[] = [];
  const second = await testRoadstead(
    { dataDir },
    {
      fargate(sink) {
        const made = scriptedRuntime(sink, { started: () => [], unavailable: () => away });
        runtime = { ...made, keepOnly: async (arns) => void kept.push(arns) };
        return runtime;
      },
    },
  );
  try {
    const ecs = new ECSClient(second.client(world.account));
    const statusOf = async (arn = "") => {
      const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [arn] }));
      return tasks?.[0];
    };
    const id = ({ taskArn = "" }): string | undefined => taskArn.split("/").at(-1);
    // Nothing is done as long as the engine is away.
    expect([runtime?.calls, kept]).toEqual([[], []]);
    away = undefined;
    await expect.poll(async () => (await statusOf(stops.taskArn))?.lastStatus, patience).toBe("STOPPED");
    expect(await statusOf(stops.taskArn)).toMatchObject({
      stoppedReason: "enough",
      stopCode: "UserInitiated",
      containers: [{ exitCode: 143 }],
    });
    await expect.poll(() => runtime?.calls, patience).toContain(`start ${id(stays)}`);
    expect(await statusOf(stays.taskArn)).toMatchObject({ lastStatus: "RUNNING", version: 3 });
    expect(kept).toEqual([new Set([stays.taskArn, stops.taskArn])]);
    const told = runtime?.calls.filter((call) => call.endsWith(id(stops) ?? ""));
    expect(told?.slice(0, 2)).toEqual([`start ${id(stops)}`, `stop ${id(stops)}`]);
  } finally {
    await second.stop();
  }
});

test.each([
  { failures: 2, status: "RUNNING", stoppedReason: undefined },
  { failures: 100, status: "STOPPED", stoppedReason: "InternalError: the engine is busy" },
])(
  "a task whose runtime fails $failures times comes to $status",
  async ({ failures, status, stoppedReason }) => {
    const clock = movableClock();
    let starts = 0;
    const roadstead = await testRoadstead(
      {},
      {
        clock,
        fargate(sink) {
          const made = scriptedRuntime(sink);
          return {
            ...made,
            async start(spec) {
              if (starts++ < failures) throw new Error("the engine is busy");
              await made.start(spec);
            },
          };
        },
      },
    );
    try {
      const world = await taskWorld(roadstead);
      const { taskArn } = await world.run();
      await expect
        .poll(async () => {
          // What waits for its next try has waited long enough.
          clock.advance(20_000);
          return (await world.described(taskArn)).lastStatus;
        }, patience)
        .toBe(status);
      expect((await world.described(taskArn)).stoppedReason).toBe(stoppedReason);
    } finally {
      await roadstead.stop();
    }
  },
);
