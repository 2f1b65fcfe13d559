import { StopTaskCommand, type Task } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TaskWorld, taskWorld } from "../../src/services/ecs/tasks/world.testing.ts";
import stops from "../fixtures/captures/ecs/task_events_and_stop_reasons.json" with { type: "json" };
import timeline from "../fixtures/captures/ecs/task_timeline.json" with { type: "json" };
import { busEvents } from "../support/bus-events.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { membersOf } from "./normal-form.ts";

/** A Fargate task as AWS answered it (September 2026): every member that was there is there, and none besides. */

let roadstead: TestRoadstead;
let world: TaskWorld;
beforeAll(async () => {
  roadstead = await testRoadstead();
  world = await taskWorld(roadstead);
});
afterAll(() => roadstead?.stop());

/** What the recorded task was started with besides its defaults. */
const startedBy = "probe";

test("a task that runs", async () => {
  const task = await world.run(world.fargate({ startedBy }));
  expect(membersOf(await world.reached(task.taskArn, "RUNNING"))).toEqual(membersOf(timeline.running));
});

test("RunTask's answer, and the event and the description of the task's end", {
  timeout: 60_000,
}, async () => {
  const pattern = { source: ["aws.ecs"], "detail-type": ["ECS Task State Change"] };
  const written = await busEvents(world.settings, world.account, pattern);
  const heard = async () => (await written()) as TaskEvent[];
  const first = await world.run(world.fargate({ startedBy }));
  expect(first).toMatchObject({
    attachments: stops.run_task_first_response.attachments.map((attachment) => ({
      ...attachment,
      details: [{ name: "subnetId", value: world.subnets[0] }],
    })),
    lastStatus: stops.run_task_first_response.lastStatus,
    version: stops.run_task_first_response.version,
  });
  expect(first.containers?.[0]).toMatchObject({ networkInterfaces: [] });
  expect(first.containers?.[0]).not.toHaveProperty("healthStatus");
  const { taskArn } = first;
  await world.reached(taskArn, "RUNNING");
  await world.ecs.send(new StopTaskCommand({ task: taskArn, reason: "enough" }));
  const stopped: Task = await world.reached(taskArn, "STOPPED");
  const end = stops.stopped_task_fields;
  expect(stopped).toMatchObject({
    desiredStatus: end.desiredStatus,
    lastStatus: end.lastStatus,
    stopCode: "UserInitiated",
    stoppedReason: "enough",
    attachments: [{ status: end["attachments[].status"], type: "ElasticNetworkInterface" }],
    containers: [{ lastStatus: end["containers[].lastStatus"] }],
    version: 6,
  });
  await expect
    .poll(async () => (await heard()).at(-1)?.detail.lastStatus, { timeout: 20_000 })
    .toBe("STOPPED");
  const events = await heard();
  for (const event of events) expect(Object.keys(event).sort()).toEqual(Object.keys(recordedEvent).sort());
  // The recorded event is of a task that is stopped while its second container is not there yet.
  const stopping = events.find(({ detail }) => detail.desiredStatus === "STOPPED");
  const since = ["connectivity", "connectivityAt", "pullStartedAt", "pullStoppedAt", "startedAt"];
  const members = [...Object.keys(recordedEvent.detail), ...since].sort();
  expect(Object.keys(stopping?.detail ?? {}).sort()).toEqual(members);
  expect(stopping?.detail.attachments).toMatchObject([{ type: "eni", status: "ATTACHED" }]);
});

const recordedEvent = stops.task_state_change_event;

interface TaskEvent {
  readonly detail: Readonly<Record<string, unknown>>;
}
