import { parseDockerHost } from "./engine/docker/connection.ts";
import { createDockerEngine } from "./engine/docker/docker-engine.ts";
import type { ContainerEngine } from "./engine/port.ts";
import { importBusybox, noDockerEngine } from "./task-engine.testing.ts";

const address = parseDockerHost(process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock");

/** The Docker Engine of this machine, or of `DOCKER_HOST`. */
export const connectToDocker = (): ContainerEngine =>
  createDockerEngine(address ?? { socketPath: "/var/run/docker.sock" });

const probe = connectToDocker();

/** Why tests with a Docker Engine are skipped; undefined when they run. The image of busybox is there then. */
export const dockerMissing = await noDockerEngine(probe);

if (dockerMissing === undefined) await importBusybox(probe);
probe.close();
