import { expect, test } from "vitest";
import type { Task } from "../tasks/task.ts";
import type { ContainerStatistics } from "./task-statistics.ts";
import { utilizationOf } from "./utilization.ts";

const once = (value: number) => ({ min: value, max: value, sampleCount: 1, sum: value });
const container = (name: string, cpu: number, memory: number): ContainerStatistics => ({
  ...{ name, cpu: once(cpu), memory: once(memory), network: {}, storage: {} },
});
const task = (service: string | undefined, cpu: number, memory: number) =>
  ({ cluster: "harbour", service, document: { reserved: { cpu, memory } } }) as Task;
const used = [container("web", 10, 32), container("log", 2.5, 16)];

test("a task's use is the sum over its containers, of what it has reserved", () => {
  const told = utilizationOf(task("web", 256, 96), { at: 7, containers: used });
  expect(told).toEqual([
    {
      namespace: "AWS/ECS",
      name: "CPUUtilization",
      dimensions: [
        { name: "ClusterName", value: "harbour" },
        { name: "ServiceName", value: "web" },
      ],
      at: 7,
      unit: "Percent",
      values: [[50, 1]],
    },
    expect.objectContaining({ name: "MemoryUtilization", values: [[50, 1]] }),
  ]);
});

test.each<[string, Task, readonly ContainerStatistics[]]>([
  ["a task without a service", task(undefined, 256, 96), used],
  ["a task that has reserved nothing", task("web", 0, 0), used],
  ["containers that are not measured", task("web", 256, 96), [{ name: "web", network: {}, storage: {} }]],
])("nothing is told of %s", (_what, one, containers) => {
  expect(utilizationOf(one, { at: 7, containers })).toEqual([]);
});
