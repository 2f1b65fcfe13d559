import { realpathSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import type { Volume } from "@aws-sdk/client-ecs";
import type { VolumeSettings } from "../engine/port.ts";
import type { TaskSpec } from "../task.ts";
import { digits, engineName, installationLabel, taskLabel } from "./labels.ts";
import { type HostAllowances, TaskFailure } from "./ports.ts";

/** What stands for a task's volume: a folder of this machine, or a volume of the engine. */
export type VolumePlace =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "engine"; readonly settings: VolumeSettings };

/**
 * Where a volume of a task lives. Throws `TaskFailure` for what this machine does not allow or cannot do.
 * Amazon ECS API Reference, "Volume": a volume with neither host path nor configuration lives as long as its task.
 */
export function volumePlace(
  task: TaskSpec,
  volume: Volume,
  installation: string,
  allowances: HostAllowances,
): VolumePlace {
  const name = volume.name ?? "";
  if (volume.efsVolumeConfiguration !== undefined) {
    const { fileSystemId = "", rootDirectory = "/" } = volume.efsVolumeConfiguration;
    const folder = Object.hasOwn(allowances.fileSystems, fileSystemId)
      ? allowances.fileSystems[fileSystemId]
      : undefined;
    if (folder === undefined) throw failed(`no local folder stands for the file system ${fileSystemId}`);
    return { kind: "folder", path: within([folder], join(folder, rootDirectory), rootDirectory) };
  }
  if (volume.host?.sourcePath !== undefined) {
    const { sourcePath } = volume.host;
    return { kind: "folder", path: within(allowances.hostMounts, sourcePath, sourcePath) };
  }
  if (volume.fsxWindowsFileServerVolumeConfiguration !== undefined || volume.configuredAtLaunch === true) {
    throw failed(`the volume ${name} is of a kind that this machine cannot attach`);
  }
  const docker = volume.dockerVolumeConfiguration;
  refuseMountsOfTheHost(docker?.driverOpts, allowances);
  const settings = { driver: docker?.driver, driverOptions: docker?.driverOpts };
  if (docker?.scope === "shared") {
    return {
      kind: "engine",
      settings: {
        ...settings,
        // Shared between the tasks of an account, never with what others keep on the engine.
        name: `roadstead-${digits(`${installation}/${task.account}/${task.region}`, 12)}-${name}`,
        labels: { ...docker.labels, [installationLabel]: installation },
      },
    };
  }
  return {
    kind: "engine",
    settings: {
      ...settings,
      name: engineName(task, `volume/${name}`),
      labels: { ...docker?.labels, [installationLabel]: installation, [taskLabel]: task.taskArn },
    },
  };
}

/** Kinds of mounts that show nothing of the host. */
const foreign = new Set<string | undefined>([undefined, "none", "tmpfs", "nfs", "nfs4", "cifs"]);

/** The engine's own driver mounts whatever of the host its options name. */
function refuseMountsOfTheHost(
  options: Readonly<Record<string, string>> | undefined,
  { hostMounts }: HostAllowances,
): void {
  if (options === undefined) return;
  if (!foreign.has(options.type)) throw failed(`the type ${options.type} is not allowed on this machine`);
  if (options.device?.startsWith("/") === true) within(hostMounts, options.device, options.device);
}

/**
 * The path with its symbolic links followed, which must lie in one of the folders: a task that may write into an
 * allowed folder must not lead the next one out of it.
 */
function within(folders: readonly string[], path: string, told: string): string {
  const real = realPath(resolve(path));
  const allowed = folders.some((folder) => {
    const root = realPath(resolve(folder));
    return real === root || real.startsWith(root.endsWith(sep) ? root : root + sep);
  });
  if (!allowed) throw failed(`the path ${told} is outside the folders that tasks may mount`);
  return real;
}

/** The engine makes folders that are missing: the nearest one that is there decides. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), path.slice(parent.length));
  }
}

/** Name from AWS, text ours. */
const failed = (what: string): TaskFailure =>
  new TaskFailure(`ResourceInitializationError: failed to create a volume: ${what}`);
