import { expect, test } from "vitest";
import { testTask } from "../task.testing.ts";
import { containerMetric } from "./statistics.ts";
import { Telemetry } from "./telemetry.ts";

const sample = (second: number, total_usage: number) => ({
  read: new Date(Date.UTC(2026, 10, 22, 8, 0, second)).toISOString(),
  cpu_stats: { cpu_usage: { total_usage } },
  memory_stats: { usage: 30 * 2 ** 20, stats: { total_inactive_file: 10 * 2 ** 20 } },
  networks: { eth0: { rx_bytes: 5, tx_bytes: 7 }, eth1: { rx_bytes: 1 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: "Read", value: 3 },
      { op: "Write", value: 4 },
    ],
  },
});
const once = (value: number) => ({ min: value, max: value, sampleCount: 1, sum: value });

test("a container's CPU is the time that it used of the time that passed", () => {
  const metric = containerMetric("web", sample(0, 1e9), sample(20, 6e9));
  expect(metric).toMatchObject({
    containerName: "web",
    cpuStatsSet: once(25),
    memoryStatsSet: once(20),
    networkStatsSet: { rxBytes: once(6), txBytes: once(7), rxErrors: once(0) },
    storageStatsSet: { readSizeBytes: once(3), writeSizeBytes: once(4) },
  });
});

test.each<[string, unknown, unknown, unknown]>([
  ["the first sample", undefined, sample(0, 1e9), undefined],
  ["a container that began anew", sample(0, 6e9), sample(20, 1e9), undefined],
  ["an engine that measures nothing", {}, { cpu_stats: {}, memory_stats: {}, networks: {} }, undefined],
])("no CPU is told of %s", (_what, before, after, cpu) => {
  expect(containerMetric("web", before, after)?.cpuStatsSet).toBe(cpu);
});

test("nothing is told of what does not run", () => {
  expect(containerMetric("web", undefined, undefined)).toBeUndefined();
});

test("telemetry tells since when a health and a status are so, ten tasks a message", () => {
  const tasks = Array.from({ length: 12 }, (_, i) => testTask({ taskId: `${i}`.padStart(32, "0") }));
  const [first] = tasks;
  const telemetry = new Telemetry({ cluster: "default", containerInstance: "arn" });
  const at = (now: number, health: "HEALTHY" | "UNHEALTHY", engineAnswers: boolean) =>
    telemetry.publish({
      now,
      tasks,
      latest: new Map(
        tasks.map(({ taskArn }) => [
          taskArn,
          { taskArn, status: "RUNNING", containers: [{ name: "main", status: "RUNNING", health }] },
        ]),
      ),
      samples: new Map(tasks.map(({ taskArn }) => [taskArn, [{ name: "main", stats: sample(0, 1) }]])),
      engineAnswers,
    });
  const told = at(1_000, "HEALTHY", true);
  expect(told.map(({ type, message }) => `${type} ${(message.metadata as { fin?: boolean }).fin}`)).toEqual([
    "PublishMetricsRequest false",
    "PublishMetricsRequest true",
    "PublishHealthRequest false",
    "PublishHealthRequest true",
    "PublishInstanceStatusRequest undefined",
  ]);
  const later = at(21_000, "HEALTHY", false);
  expect(later[2]?.message).toMatchObject({
    tasks: expect.arrayContaining([
      expect.objectContaining({
        taskArn: first?.taskArn,
        containers: [{ containerName: "main", healthStatus: "HEALTHY", statusSince: 1 }],
      }),
    ]),
  });
  expect(later.at(-1)?.message).toMatchObject({
    statuses: [{ type: "ContainerRuntime", status: "IMPAIRED", lastStatusChange: 21 }],
  });
  expect(at(41_000, "UNHEALTHY", false)[2]?.message).toMatchObject({
    tasks: expect.arrayContaining([
      expect.objectContaining({ containers: [expect.objectContaining({ statusSince: 41 })] }),
    ]),
  });
});
