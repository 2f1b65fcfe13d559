import fc from "fast-check";
import { expect, test } from "vitest";
import { AdmissionQueue } from "../../runtime/agent/admission-queue.ts";
import { type PayloadTask, taskOfPayload } from "../../runtime/agent/payload-task.ts";
import { testContainer, testTask } from "../../runtime/task.testing.ts";
import type { TaskSpec } from "../../runtime/task.ts";
import {
  type InstanceResources,
  type ResourceDemand,
  shortageOf,
  withAgain,
  without,
} from "../../services/ecs/container-instances/resources.ts";
import { demandOf } from "../../services/ecs/placement/demand.ts";
import { payloadTask } from "./payload.ts";

/**
 * Placement and the agent count alike: what is placed because it fits begins at once, whatever runs there, so that
 * nothing ever waits in an agent's queue behind what does not fit.
 */

const sizes = fc.record({
  cpu: fc.integer({ min: 0, max: 600 }),
  memory: fc.integer({ min: 6, max: 600 }),
  reservation: fc.option(fc.integer({ min: 6, max: 300 }), { nil: undefined }),
  port: fc.option(fc.integer({ min: 8000, max: 8005 }), { nil: undefined }),
  fixed: fc.boolean(),
  protocol: fc.constantFrom("tcp" as const, "udp" as const),
});

const wish = fc.record({
  mode: fc.constantFrom("bridge" as const, "host" as const),
  // Of a task's own limits only what is a whole number of vCPU units survives the wire.
  limits: fc.option(fc.record({ cpu: fc.constantFrom(128, 256, 512), memory: fc.constantFrom(128, 512) }), {
    nil: undefined,
  }),
  containers: fc.array(sizes, { minLength: 1, maxLength: 3 }),
});

type Wish = typeof wish extends fc.Arbitrary<infer One> ? One : never;

function specOf({ mode, limits, containers }: Wish, n: number): TaskSpec {
  return testTask({
    taskId: `${n}`.padStart(32, "0"),
    launchType: "EC2",
    networkMode: mode,
    ...limits,
    containers: containers.map(({ cpu, memory, reservation, port, fixed, protocol }, i) =>
      testContainer({
        name: `c${i}`,
        cpu,
        memory: Math.max(memory, reservation ?? 0),
        ...(reservation !== undefined && { memoryReservation: reservation }),
        ...(port !== undefined && {
          portMappings: [{ containerPort: port, protocol, ...(fixed && { hostPort: port }) }],
        }),
      }),
    ),
  });
}

/** The task as its agent reads it off the wire. */
function overTheWire(spec: TaskSpec): TaskSpec {
  const payload = payloadTask(spec, "RUNNING", {}, "http://10.0.0.1:4566");
  return taskOfPayload(JSON.parse(JSON.stringify(payload)) as PayloadTask, "us-east-1a");
}

function demandIn({ networkMode, cpu, memory, containers }: TaskSpec): ResourceDemand {
  return demandOf(
    {
      containers: containers.map(({ definition }) => ({ cpu: 0, ...definition })) as never,
      ...(cpu !== undefined && { cpu: `${cpu}` }),
      ...(memory !== undefined && { memory: `${memory}` }),
    },
    networkMode,
  );
}

/** Placing a task, or the end of the one that was placed at that position among those that run. */
const step = fc.oneof(
  wish.map((task) => ({ task })),
  fc.nat(10).map((end) => ({ end })),
);

test("what placement lets in, the agent begins at once; ports and all are free again when a task has STOPPED", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const whole: InstanceResources = {
        ...{ cpu: 1024, memory: 1024, gpus: [] },
        ...{ tcpPorts: [22], udpPorts: [] },
      };
      const began = new Set<string>();
      const ports = new Set(["tcp/22"]);
      const queue = new AdmissionQueue({ cpu: 1024, memory: 1024, ports }, ({ taskArn }) =>
        began.add(taskArn),
      );
      let remaining = whole;
      const running: { readonly arn: string; readonly demand: ResourceDemand }[] = [];
      for (const [n, one] of steps.entries()) {
        if ("end" in one) {
          const [ended] = running.splice(one.end % Math.max(1, running.length), 1);
          if (ended === undefined) continue;
          remaining = withAgain(whole, remaining, ended.demand);
          queue.free(ended.arn);
          continue;
        }
        const spec = specOf(one.task, n);
        const demand = demandIn(spec);
        // Two containers of one task on the same port cannot run anywhere: RegisterTaskDefinition's to refuse.
        const all = [
          ...demand.tcpPorts.map((port) => `t${port}`),
          ...demand.udpPorts.map((port) => `u${port}`),
        ];
        if (new Set(all).size < all.length || shortageOf(remaining, demand) !== undefined) continue;
        remaining = without(remaining, demand);
        running.push({ arn: spec.taskArn, demand });
        queue.add(overTheWire(spec));
        expect(began.has(spec.taskArn)).toBe(true);
      }
      for (const { arn, demand } of running) {
        remaining = withAgain(whole, remaining, demand);
        queue.free(arn);
      }
      expect(remaining).toEqual(whole);
    }),
    { numRuns: 200, seed: 20261122 },
  );
});
