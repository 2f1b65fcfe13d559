import { clientFault } from "../faults.ts";
import { invalidContainer } from "./invalid-container.ts";
import type { RegisteredContainer } from "./task-definition.ts";

/** Developer Guide, "Example Amazon ECS task definition: Route logs to FireLens". */
const options = ["enable-ecs-log-metadata", "config-file-type", "config-file-value"];

/** Refuses output that no log router takes, and routers that cannot be. Throws `ClientException`; the words are ours. */
export function checkLogRouter(containers: readonly RegisteredContainer[]): void {
  const routers = containers.filter(({ firelensConfiguration }) => firelensConfiguration !== undefined);
  if (routers.length > 1) throw clientFault("Only one container can have a firelensConfiguration.");
  const routed = containers.filter(({ logConfiguration }) => logConfiguration?.logDriver === "awsfirelens");
  const [router] = routers;
  for (const { name, logConfiguration } of routed) {
    if (router === undefined || router.name === name) {
      throw invalidContainer(
        name,
        "The log driver awsfirelens needs another container with a firelensConfiguration.",
      );
    }
    if (
      Object.entries(logConfiguration?.options ?? {}).some((entry) =>
        entry.some((text) => /[\r\n]/.test(text)),
      )
    ) {
      throw invalidContainer(name, "Options of the log driver awsfirelens must be of one line.");
    }
  }
  if (router === undefined) return;
  const given = router.firelensConfiguration?.options ?? {};
  const unknown = Object.keys(given).find((option) => !options.includes(option));
  if (unknown !== undefined) throw invalidContainer(router.name, `There is no firelens option '${unknown}'.`);
  const { "enable-ecs-log-metadata": metadata, "config-file-type": type, "config-file-value": value } = given;
  if (metadata !== undefined && metadata !== "true" && metadata !== "false") {
    throw invalidContainer(router.name, "'enable-ecs-log-metadata' should be one of [true,false].");
  }
  if (type !== undefined && type !== "file" && type !== "s3") {
    throw invalidContainer(router.name, "'config-file-type' should be one of [file,s3].");
  }
  const path = value !== undefined && /^\/[^\r\n]+$/.test(value);
  if ((type === "file") !== path && type !== "s3") {
    throw invalidContainer(
      router.name,
      "A 'config-file-type' of file needs an absolute 'config-file-value'.",
    );
  }
}
