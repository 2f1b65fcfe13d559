import type { LogConfiguration } from "@aws-sdk/client-ecs";
import type { Region } from "../../kernel/brand.ts";
import type { ContainerSpec, TaskSpec } from "../task.ts";
import { datePattern } from "./datetime-format.ts";

/** What the awslogs driver is to do with a container's output. */
export interface AwslogsOptions {
  readonly group: string;
  readonly region: Region;
  readonly stream: string;
  readonly createGroup: boolean;
  /** A line that begins an event; each line is one when there is none. */
  readonly beginsEvent?: RegExp;
  /** Whether a full buffer holds the container back; otherwise what does not fit is lost. */
  readonly blocking: boolean;
  /** Bytes that may wait for delivery. */
  readonly buffer: number;
}

/** Developer Guide, "Using the awslogs log driver": 10 MiB since June 2025, and non-blocking unless it says otherwise. */
const ordinaryBuffer = 10 * 1024 * 1024;
const units: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Reads the options of a container, which registration has judged. */
export function readAwslogsOptions(
  { options = {} }: LogConfiguration,
  task: TaskSpec,
  container: ContainerSpec,
): AwslogsOptions {
  const beginsEvent = eventPattern(options["awslogs-multiline-pattern"], options["awslogs-datetime-format"]);
  return {
    group: options["awslogs-group"] ?? "",
    region: (options["awslogs-region"] as Region | undefined) ?? task.region,
    stream: streamName(options, task, container),
    createGroup: options["awslogs-create-group"]?.toLowerCase() === "true",
    blocking: options.mode === "blocking",
    buffer: sizeOf(options["max-buffer-size"]) ?? ordinaryBuffer,
    ...(beginsEvent !== undefined && { beginsEvent }),
  };
}

/** AWS: `prefix/container/task id`. Without a prefix the stream has the container's id; here, the task's beside it. */
function streamName(
  options: Readonly<Record<string, string>>,
  { taskId }: TaskSpec,
  { definition }: ContainerSpec,
): string {
  const prefix = options["awslogs-stream-prefix"];
  return options["awslogs-stream"] ?? [...(prefix ? [prefix] : []), definition.name, taskId].join("/");
}

function eventPattern(pattern: string | undefined, format: string | undefined): RegExp | undefined {
  if (pattern) return new RegExp(pattern);
  return format ? datePattern(format) : undefined;
}

function sizeOf(text: string | undefined): number | undefined {
  const [, count, unit = "b"] = /^(\d+)([bkmg])?b?$/i.exec(text ?? "") ?? [];
  return count === undefined ? undefined : Number(count) * (units[unit.toLowerCase()] ?? 1);
}
