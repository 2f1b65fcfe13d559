import { expect, test } from "vitest";
import type { ServiceMetric } from "../../../dispatch/service-metric.ts";
import type { Task } from "../tasks/task.ts";
import { type CountedCluster, clusterMetrics } from "./cluster-metrics.ts";
import { taskInsights } from "./task-insights.ts";
import type { TaskStatistics } from "./task-statistics.ts";

const once = (value: number) => ({ min: value, max: value, sampleCount: 1, sum: value });
const statistics = (at: number, received: number): TaskStatistics => ({
  at,
  containers: [
    { name: "web", cpu: once(10), memory: once(32), network: { rxBytes: once(received) }, storage: {} },
    { name: "log", cpu: once(2.5), memory: once(16), network: { rxBytes: once(received) }, storage: {} },
  ],
});
const task = {
  id: "0".repeat(32),
  ...{ cluster: "harbour", service: "web", family: "sail" },
  document: { cpu: "256", memory: "512" },
} as Task;

/** `name{dimensions} value`, of each metric. */
const shown = (metrics: readonly ServiceMetric[]): readonly string[] =>
  metrics.map(
    ({ name, dimensions, values }) =>
      `${name}{${dimensions.map((one) => one.value).join(",")}} ${values.map(([value]) => value)}`,
  );

test("each task is one value for its cluster, its service and its family", () => {
  const told = shown(taskInsights(task, statistics(60_000, 900), statistics(0, 300), "enabled"));
  expect(told.filter((one) => one.includes("{harbour}"))).toEqual([
    "CpuUtilized{harbour} 128",
    "CpuReserved{harbour} 256",
    "MemoryUtilized{harbour} 48",
    "MemoryReserved{harbour} 512",
    "NetworkRxBytes{harbour} 10",
    "NetworkTxBytes{harbour} 0",
    "StorageReadBytes{harbour} 0",
    "StorageWriteBytes{harbour} 0",
  ]);
  expect(told).toContain("CpuUtilized{harbour,web} 128");
  expect(told).toContain("CpuUtilized{harbour,sail} 128");
  expect(told.some((one) => one.includes(task.id))).toBe(false);
});

test("what came over the network is told from the second time on, and nothing where it is off", () => {
  const first = shown(taskInsights(task, statistics(0, 300), undefined, "enabled"));
  expect(first.some((one) => one.startsWith("Network"))).toBe(false);
  expect(first).toContain("CpuUtilized{harbour} 128");
  expect(taskInsights(task, statistics(60_000, 900), statistics(0, 300), "disabled")).toEqual([]);
});

test("enhanced, each task and each container is told of as well", () => {
  const told = shown(taskInsights(task, statistics(60_000, 900), statistics(0, 300), "enhanced"));
  expect(told).toContain(`TaskCpuUtilization{harbour,web,${task.id}} 50`);
  expect(told).toContain(`ContainerMemoryUtilized{harbour,web,${task.id},log} 16`);
});

const instance = (cpu: number, left: number) => ({
  registered: { cpu, memory: 1000, tcpPorts: [], udpPorts: [], gpus: [] },
  remaining: { cpu: left, memory: 750, tcpPorts: [], udpPorts: [], gpus: [] },
});
const service = { name: "web", desired: 3, running: 2, pending: 1, deployments: 1, taskSets: 0 };
const cluster: CountedCluster = {
  name: "harbour",
  setting: "disabled",
  instances: [instance(1024, 512), instance(1024, 1024)],
  used: { cpu: 256, memory: 100 },
  runningTasks: 2,
  services: [service],
};

test.each<[string, Partial<CountedCluster>, readonly string[]]>([
  [
    "instances: shares of what they have together",
    {},
    [
      "CPUReservation{harbour} 25",
      "MemoryReservation{harbour} 25",
      "CPUUtilization{harbour} 12.5",
      "MemoryUtilization{harbour} 5",
    ],
  ],
  ["no instance and no insights: nothing", { instances: [] }, []],
  [
    "insights: how many there are of everything",
    { instances: [], setting: "enabled" },
    [
      "TaskCount{harbour} 2",
      "ServiceCount{harbour} 1",
      "ContainerInstanceCount{harbour} 0",
      "DesiredTaskCount{harbour,web} 3",
      "RunningTaskCount{harbour,web} 2",
      "PendingTaskCount{harbour,web} 1",
      "DeploymentCount{harbour,web} 1",
      "TaskSetCount{harbour,web} 0",
    ],
  ],
])("a cluster with %s", (_what, more, expected) => {
  expect(shown(clusterMetrics({ ...cluster, ...more }, 0))).toEqual(expected);
});
