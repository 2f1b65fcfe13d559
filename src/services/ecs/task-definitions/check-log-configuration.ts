import { clientFault } from "../faults.ts";
import { invalidContainer } from "./invalid-container.ts";
import type { RegisteredContainer } from "./task-definition.ts";

/** What the awslogs driver cannot do without, in the order in which AWS names it. */
const required = ["awslogs-region", "awslogs-group"] as const;

/** What the awslogs driver knows (Developer Guide, "Send Amazon ECS logs to CloudWatch"). */
const awslogsOptions: ReadonlySet<string> = new Set([
  ...required,
  "awslogs-stream-prefix",
  "awslogs-create-group",
  "awslogs-datetime-format",
  "awslogs-multiline-pattern",
  "awslogs-endpoint",
  "awslogs-stream",
  "awslogs-format",
  "mode",
  "max-buffer-size",
]);

/** Refuses log options that the awslogs driver could not follow. Throws `ClientException`. */
export function checkLogConfiguration({
  name,
  logConfiguration,
}: Pick<RegisteredContainer, "name" | "logConfiguration">): void {
  if (logConfiguration?.logDriver !== "awslogs") return;
  const options = logConfiguration.options ?? {};
  const missing = required.filter((option) => !options[option]);
  if (missing.length > 0) throw clientFault(`Log driver awslogs requires options: ${missing.join(", ")}`);
  const unknown = Object.keys(options).find((option) => !awslogsOptions.has(option));
  if (unknown !== undefined) {
    throw clientFault(`Log driver awslogs disallows options: ${unknown}`);
  }
  const { mode, "max-buffer-size": buffer } = options;
  if (mode !== undefined && mode !== "blocking" && mode !== "non-blocking") {
    throw invalidContainer(name, "Log option 'mode' should be one of [blocking,non-blocking].");
  }
  if (buffer !== undefined && !/^\d{1,9}(b|k|m|g|kb|mb|gb)?$/i.test(buffer)) {
    throw invalidContainer(name, "Log option 'max-buffer-size' should be a size such as 25m.");
  }
  if (options["awslogs-datetime-format"] && options["awslogs-multiline-pattern"]) {
    throw invalidContainer(
      name,
      "Log options 'awslogs-datetime-format' and 'awslogs-multiline-pattern' cannot be given together.",
    );
  }
  const pattern = options["awslogs-multiline-pattern"];
  if (pattern !== undefined && !compiles(pattern)) {
    throw invalidContainer(name, "Log option 'awslogs-multiline-pattern' is not a regular expression.");
  }
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
