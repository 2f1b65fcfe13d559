import type { ContainerDefinition } from "@aws-sdk/client-ecs";
import type { TaskSpec } from "../task.ts";

/** Where a log router listens, inside of its container (Developer Guide, "Using custom log routing"). */
export const routerSocket = "/var/run/fluent.sock";
const forwardPort = 24_224;

/** Where the images of log routers look for their configuration. */
export const configPaths = {
  fluentbit: "/fluent-bit/etc/fluent-bit.conf",
  fluentd: "/fluentd/etc/fluent.conf",
} as const;

/** Members that tell where a record comes from, unless the router's options switch that off. */
function metadataOf(task: TaskSpec, router: ContainerDefinition): readonly (readonly [string, string])[] {
  if (router.firelensConfiguration?.options?.["enable-ecs-log-metadata"] === "false") return [];
  return [
    ["ecs_cluster", task.clusterArn.split("/").at(-1) ?? ""],
    ["ecs_task_arn", task.taskArn],
    ["ecs_task_definition", `${task.family}:${task.revision}`],
  ];
}

/** The tag of a container's records. */
export const tagOf = (task: TaskSpec, container: string): string => `${container}-firelens-${task.taskId}`;

/** The containers whose output goes to the router, with the options of their outputs. */
function outputsOf(task: TaskSpec) {
  return task.containers.flatMap(({ definition }) =>
    definition.logConfiguration?.logDriver === "awsfirelens"
      ? [{ name: definition.name, options: Object.entries(definition.logConfiguration.options ?? {}) }]
      : [],
  );
}

/** An option of ours for the driver, not for the router's output. */
const ofDriver = "log-driver-buffer-limit";

/** The router's configuration as the agent writes it: where records come in, what they carry, where they go. */
export function routerConfiguration(task: TaskSpec, router: ContainerDefinition): string {
  const included = router.firelensConfiguration?.options?.["config-file-value"];
  return router.firelensConfiguration?.type === "fluentd"
    ? fluentd(task, metadataOf(task, router), included)
    : fluentBit(task, metadataOf(task, router), included);
}

function fluentBit(
  task: TaskSpec,
  metadata: readonly (readonly [string, string])[],
  included: string | undefined,
): string {
  const section = (name: string, members: readonly (readonly [string, string])[]) =>
    [`[${name}]`, ...members.map(([key, value]) => `    ${key} ${value}`), ""].join("\n");
  return [
    section("INPUT", [
      ["Name", "forward"],
      ["unix_path", routerSocket],
      // Whoever runs Roadstead need not be root.
      ["unix_perm", "0666"],
    ]),
    section("INPUT", [
      ["Name", "forward"],
      ["Listen", "127.0.0.1"],
      ["Port", String(forwardPort)],
    ]),
    ...(metadata.length === 0
      ? []
      : [
          section("FILTER", [
            ["Name", "record_modifier"],
            ["Match", "*"],
            ...metadata.map(([key, value]) => ["Record", `${key} ${value}`] as const),
          ]),
        ]),
    ...(included === undefined ? [] : [`@INCLUDE ${included}\n`]),
    ...outputsOf(task).flatMap(({ name, options }) =>
      options.some(([key]) => key === "Name")
        ? [
            section("OUTPUT", [
              ...options.filter(([key]) => key !== ofDriver),
              ["Match", `${name}-firelens*`],
            ]),
          ]
        : [],
    ),
  ].join("\n");
}

function fluentd(
  task: TaskSpec,
  metadata: readonly (readonly [string, string])[],
  included: string | undefined,
): string {
  const block = (head: string, members: readonly string[], tail: string) =>
    [`<${head}>`, ...members.map((member) => `  ${member}`), `</${tail}>`, ""].join("\n");
  return [
    block("source", ["@type unix", `path ${routerSocket}`], "source"),
    block("source", ["@type forward", "bind 127.0.0.1", `port ${forwardPort}`], "source"),
    ...(metadata.length === 0
      ? []
      : [
          block(
            "filter **",
            [
              "@type record_transformer",
              "<record>",
              ...metadata.map(([key, value]) => `  ${key} ${value}`),
              "</record>",
            ],
            "filter",
          ),
        ]),
    ...(included === undefined ? [] : [`@include ${included}\n`]),
    ...outputsOf(task).flatMap(({ name, options }) =>
      options.some(([key]) => key === "@type")
        ? [
            block(
              `match ${name}-firelens**`,
              options.filter(([key]) => key !== ofDriver).map(([key, value]) => `${key} ${value}`),
              "match",
            ),
          ]
        : [],
    ),
  ].join("\n");
}
