import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../kernel/clock.ts";
import { testContainer, testTask } from "../task.testing.ts";
import type { TaskRuntime, TaskSpec } from "../task.ts";
import { routerSocketPath, routingLogs } from "./firelens.ts";
import { routerConfiguration } from "./firelens-config.ts";
import { createTaskLogs } from "./task-logs.ts";

/** Log routers: their configuration, what is mounted into them, and the lines that they are sent. */

const router = testContainer({
  name: "router",
  image: "fluent/fluent-bit",
  firelensConfiguration: { type: "fluentbit" },
});
const app = testContainer({
  environment: [{ name: "A", value: "1" }],
  logConfiguration: {
    logDriver: "awsfirelens",
    options: { Name: "http", Host: "logs.test", "log-driver-buffer-limit": "2097152" },
  },
});
const task = testTask({ containers: [app, router] });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("Fluent Bit is told where records come in, what they carry and where they go", () => {
  expect(routerConfiguration(task, router.definition)).toBe(
    `[INPUT]
    Name forward
    unix_path /var/run/fluent.sock
    unix_perm 0666

[INPUT]
    Name forward
    Listen 127.0.0.1
    Port 24224

[FILTER]
    Name record_modifier
    Match *
    Record ecs_cluster default
    Record ecs_task_arn ${task.taskArn}
    Record ecs_task_definition web:3

[OUTPUT]
    Name http
    Host logs.test
    Match app-firelens*
`,
  );
});

test("Fluentd has its own words, and a file of the image's may be included", () => {
  const fluentd = {
    ...router.definition,
    firelensConfiguration: {
      type: "fluentd" as const,
      options: {
        "enable-ecs-log-metadata": "false",
        "config-file-type": "file",
        "config-file-value": "/extra.conf",
      },
    },
  };
  expect(routerConfiguration(testTask({ containers: [{ ...router, definition: fluentd }] }), fluentd)).toBe(
    `<source>
  @type unix
  path /var/run/fluent.sock
</source>

<source>
  @type forward
  bind 127.0.0.1
  port 24224
</source>

@include /extra.conf
`,
  );
});

test("a task with a router is run with its socket and configuration mounted, the router first", async () => {
  const started: TaskSpec[] = [];
  const removed: string[] = [];
  const runtime = routingLogs(
    {
      start: async (spec: TaskSpec) => void started.push(spec),
      remove: async (arn: string) => void removed.push(arn),
      keepOnly: async () => undefined,
    } as unknown as TaskRuntime,
    folder,
  );
  await runtime.start(task);
  const [spec] = started;
  const definitions = spec?.containers.map(({ definition }) => definition);
  expect(definitions?.[0]).toMatchObject({
    dependsOn: [{ containerName: "router", condition: "START" }],
    environment: [
      { name: "FLUENT_HOST", value: "127.0.0.1" },
      { name: "FLUENT_PORT", value: "24224" },
      { name: "A", value: "1" },
    ],
  });
  const places = Object.fromEntries(
    (definitions?.[1]?.mountPoints ?? []).map(({ sourceVolume, containerPath }) => [
      containerPath,
      spec?.volumes.find(({ name }) => name === sourceVolume)?.host?.sourcePath ?? "",
    ]),
  );
  expect(Object.keys(places)).toEqual(["/var/run", "/fluent-bit/etc/fluent-bit.conf"]);
  expect(routerSocketPath(folder, task.taskId)).toBe(`${places["/var/run"]}/fluent.sock`);
  expect(readFileSync(places["/fluent-bit/etc/fluent-bit.conf"] ?? "", "utf8")).toContain("Host logs.test");

  const plain = testTask();
  await runtime.start(plain);
  expect(started[1]).toBe(plain);
  await runtime.keepOnly(new Set([task.taskArn]));
  expect(readFileSync(places["/fluent-bit/etc/fluent-bit.conf"] ?? "", "utf8")).toContain("Match");
  await runtime.remove(task.taskArn);
  expect(removed).toEqual([task.taskArn]);
  expect(() => readFileSync(places["/fluent-bit/etc/fluent-bit.conf"] ?? "")).toThrow("ENOENT");

  await runtime.start(task);
  await runtime.keepOnly(new Set());
  expect(readdirSync(folder)).toEqual([]);
});

test("lines are forwarded with their tag, and those that a late router missed wait for it", async () => {
  const runtime = {
    start: async () => undefined,
    remove: async () => undefined,
    keepOnly: async () => undefined,
  };
  await routingLogs(runtime as unknown as TaskRuntime, folder).start(task);
  let position: object | undefined;
  const losses: object[] = [];
  const logs = createTaskLogs({
    executionRole: () => undefined,
    routerFolder: folder,
    positions: {
      read: async () => undefined,
      write: async (_container, at) => {
        position = at;
      },
    },
    clock: systemClock,
    engineClock: systemClock,
    log: { info: () => undefined, error: (fields) => void losses.push(fields) },
  });
  const sink = await logs.logSink(task, app);
  await sink?.write({ stream: "stdout", at: 1500, text: "first" });
  await sink?.write({ stream: "stderr", at: 2000, text: "zweite €" });
  const received: Buffer[] = [];
  const server: Server = createServer((socket) => socket.on("data", (bytes) => received.push(bytes)));
  await new Promise<void>((resolve) => server.listen(routerSocketPath(folder, task.taskId), resolve));
  await sink?.close();
  await new Promise((resolve) => server.close(resolve));

  const bytes = Buffer.concat(received);
  expect(bytes.subarray(0, 6).toString("hex")).toBe("93db0000002d");
  expect(bytes.subarray(6, 51).toString()).toBe(`app-firelens-${task.taskId}`);
  // EventTime: 1.5 seconds; then a map of three.
  expect(bytes.subarray(51, 62).toString("hex")).toBe("d700000000011dcd650083");
  const text = bytes.toString("utf8");
  expect(text).toContain("container_name");
  expect(text).toMatch(/source\S*?.{4}stdout/s);
  expect(text.indexOf("first")).toBeLessThan(text.indexOf("zweite €"));
  expect(position).toEqual({ at: 2000, count: 1 });
  expect(losses).toEqual([]);
});
