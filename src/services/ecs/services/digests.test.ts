import { DescribeServiceRevisionsCommand, StopTaskCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { ended, running, scriptedRuntime } from "../../../control/tasks/runtime.testing.ts";
import { movableClock } from "../../../kernel/clock.ts";
import { second } from "../../../kernel/duration.ts";
import type { ReportSink, TaskReport, TaskSpec } from "../../../runtime/task.ts";
import { type ServiceWorld, serviceWorld } from "./world.testing.ts";

/**
 * "Container image resolution" (Developer Guide, "Deploy Amazon ECS services by replacing tasks"), with a registry whose
 * tags move.
 */

const [old, young] = ["a", "b"].map((digit) => `sha256:${digit.repeat(64)}`);
const clock = movableClock();
let roadstead: TestRoadstead;
let world: ServiceWorld;
/** What the tag `1` is at this moment; undefined when the registry does not answer. */
let tag: string | undefined;
/** What it becomes as soon as somebody has pulled it. */
let next: string | undefined;
/** Lets the pulls go on that wait. */
let answer: () => void;
let answered: Promise<void>;

/** Pulls what the specification names: its digest, or else what the tag is now. */
function pulling(sink: ReportSink) {
  const runtime = scriptedRuntime(sink, { started: () => [], stopped: ended });
  return {
    ...runtime,
    async start(spec: TaskSpec) {
      const known = runtime.specs.has(spec.taskArn);
      await runtime.start(spec);
      if (!known) void answered.then(() => pull(spec, sink));
    },
  };
}

async function pull(spec: TaskSpec, sink: ReportSink): Promise<void> {
  const [told] = running(spec);
  if (told === undefined) return;
  const digest = spec.containers[0]?.imageDigest ?? tag;
  tag = next ?? tag;
  const containers = told.containers.map((container) =>
    digest === undefined
      ? { ...container, status: "STOPPED" as const, reason: "CannotPullContainerError: no answer" }
      : { ...container, imageDigest: digest },
  );
  const report: TaskReport = { ...told, containers };
  await sink(digest === undefined ? { ...report, status: "STOPPED" } : report);
}

function holdPulls(): void {
  answered = new Promise((resolve) => {
    answer = resolve;
  });
}

beforeAll(async () => {
  roadstead = await testRoadstead({ ecsHealthyAfter: 0 }, { clock, fargate: pulling });
});
afterAll(() => roadstead?.stop());
beforeEach(async () => {
  tag = old;
  next = undefined;
  holdPulls();
  world = await serviceWorld(roadstead);
});

/** The digests that the tasks run, each once. */
async function digestsRun(): Promise<readonly (string | undefined)[]> {
  const tasks = await world.tasks();
  return [...new Set(tasks.map(({ containers }) => containers?.[0]?.imageDigest))];
}

/** What the revision of the service's PRIMARY deployment says of its image. */
async function resolved(): Promise<string | undefined> {
  const { deployments = [], serviceArn = "" } = await world.service();
  const number = deployments[0]?.id?.split("/")[1];
  const arn = `${serviceArn.replace(":service/", ":service-revision/")}/${number}`;
  const { serviceRevisions } = await world.ecs.send(
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: [arn] }),
  );
  return serviceRevisions?.[0]?.containerImages?.[0]?.imageDigest;
}

describe("the digest of a service's image", () => {
  test("is what the first task pulls, alone; the others run it, though the tag has moved", async () => {
    await world.create({ desiredCount: 3 });
    await world.until(({ pendingCount }) => pendingCount === 1);
    expect(await resolved()).toBeUndefined();
    next = young;
    answer();
    await world.steady();
    expect(await digestsRun()).toEqual([old]);
    expect(await resolved()).toBe(old);

    // A task that is replaced, and one more, run it as well.
    const [victim] = await world.tasks();
    await world.ecs.send(new StopTaskCommand({ task: victim?.taskArn ?? "" }));
    await world.update({ desiredCount: 4 });
    await world.until(({ runningCount }) => runningCount === 4);
    expect(await digestsRun()).toEqual([old]);
  });

  test("is resolved anew by a new deployment, and is the old one again after a rollback", async () => {
    answer();
    await world.create({ desiredCount: 2 });
    await world.steady();
    tag = young;
    const breaker = { enable: true, rollback: true };
    await world.update({
      forceNewDeployment: true,
      deploymentConfiguration: { deploymentCircuitBreaker: breaker },
    });
    await world.steady();
    expect(await digestsRun()).toEqual([young]);

    tag = undefined;
    await world.update({ forceNewDeployment: true });
    const [failing] = (await world.service()).deployments ?? [];
    await world.until(({ deployments = [] }) => {
      clock.advance(second);
      return deployments[0]?.id !== failing?.id;
    });
    const failures = (await world.messages()).filter((message) => message.includes("no answer"));
    expect(failures.length).toBeGreaterThan(0);
    tag = old;
    const [victim] = await world.tasks();
    await world.ecs.send(new StopTaskCommand({ task: victim?.taskArn ?? "" }));
    await world.steady();
    await world.until(({ runningCount }) => runningCount === 2);
    expect(await digestsRun()).toEqual([young]);
    expect(await resolved()).toBe(young);
  });

  test("is not sought for ever: after three attempts all tasks are started", async () => {
    answer();
    tag = undefined;
    await world.create({ desiredCount: 3 });
    await world.until(({ deployments = [] }) => {
      clock.advance(second);
      return (deployments[0]?.failedTasks ?? 0) >= 3;
    });
    tag = old;
    await world.until(({ runningCount }) => {
      clock.advance(second);
      return runningCount === 3;
    });
    const started = (await world.messages()).flatMap((message) => /has started \d/.exec(message) ?? []);
    expect(started.slice(0, 4)).toEqual([1, 1, 1, 3].map((count) => `has started ${count}`));
  });

  test.each([
    ["when the definition names it", { image: `web@${young}` }],
    ["where version consistency is disabled", { image: "web:1", versionConsistency: "disabled" as const }],
  ])("is not waited for %s", async (_when, definition) => {
    await world.register({ containerDefinitions: [{ name: "main", essential: true, ...definition }] });
    await world.create({ desiredCount: 3 });
    await world.until(({ pendingCount }) => pendingCount === 3);
    expect(await world.messages()).toEqual(["(service web) has started 3 tasks: (task) (task) (task)."]);
    expect(await resolved()).toBe(definition.image.split("@")[1]);
  });
});
