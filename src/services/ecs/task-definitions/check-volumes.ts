import type * as ecs from "@aws-sdk/client-ecs";
import { clientFault } from "../faults.ts";
import type { CompleteDefinition } from "./complete.ts";
import { invalidContainer } from "./invalid-container.ts";

/** Refuses volumes that are not there or are two things at once. Throws `ClientException`. */
export function checkVolumes({ volumes, containerDefinitions: containers }: CompleteDefinition): void {
  const known = new Set<string>();
  for (const volume of volumes) {
    const { name = "" } = volume;
    if (name === "") throw clientFault("Volume.name should not be null or empty.");
    if (!/^[\w-]{1,255}$/.test(name)) throw clientFault("Volume.name contains invalid characters.");
    if (known.has(name)) throw clientFault(`Volume name '${name}' is used more than once.`);
    known.add(name);
    checkVolume(volume, name);
  }
  if (volumes.filter(({ configuredAtLaunch }) => configuredAtLaunch === true).length > 1) {
    throw clientFault("Only one volume can be configured at launch.");
  }
  const names = new Set(containers.map(({ name }) => name));
  for (const container of containers) {
    const paths = new Set<string>();
    for (const { sourceVolume, containerPath } of container.mountPoints ?? []) {
      // AWS: a missing name is 'null' (github.com/dask/dask-cloudprovider, pull request 107).
      if (!known.has(sourceVolume ?? "")) throw clientFault(`Unknown volume '${sourceVolume ?? "null"}'.`);
      if (!containerPath?.startsWith("/")) {
        throw invalidContainer(container.name, "The 'containerPath' of a mount point must be absolute.");
      }
      if (paths.has(containerPath)) {
        throw invalidContainer(container.name, `The path '${containerPath}' is mounted more than once.`);
      }
      paths.add(containerPath);
    }
    for (const { sourceContainer } of container.volumesFrom ?? []) {
      if (!names.has(sourceContainer ?? "") || sourceContainer === container.name) {
        throw clientFault(`Unknown container '${sourceContainer ?? "null"}' in volumesFrom.`);
      }
    }
  }
}

function checkVolume(volume: ecs.Volume, name: string): void {
  const { host, dockerVolumeConfiguration: docker, efsVolumeConfiguration: efs } = volume;
  const kinds = [
    host,
    docker,
    efs,
    volume.fsxWindowsFileServerVolumeConfiguration,
    volume.s3filesVolumeConfiguration,
    volume.configuredAtLaunch || undefined,
  ];
  if (kinds.filter((kind) => kind !== undefined).length > 1) {
    throw clientFault(`Volume '${name}' can have only one configuration.`);
  }
  if (host?.sourcePath !== undefined) {
    // AWS: github.com/aws/amazon-ecs-cli, issue 11.
    if (host.sourcePath.trim() === "") throw clientFault("host.sourcePath should not be blank.");
    if (!host.sourcePath.startsWith("/")) throw clientFault("host.sourcePath should be an absolute path.");
  }
  if (docker?.autoprovision === true && docker.scope !== "shared") {
    throw clientFault(`Volume '${name}': 'autoprovision' is only supported for volumes of scope 'shared'.`);
  }
  if (efs !== undefined) checkFileSystem(efs, name);
}

function checkFileSystem(efs: ecs.EFSVolumeConfiguration, name: string): void {
  const { fileSystemId = "", rootDirectory = "/", transitEncryption, authorizationConfig: auth } = efs;
  if (!/^fs-[0-9a-f]{8,40}$/.test(fileSystemId)) {
    throw clientFault(`Volume '${name}': 'fileSystemId' is not the id of a file system.`);
  }
  if (!rootDirectory.startsWith("/") || rootDirectory.split("/").includes("..")) {
    throw clientFault(`Volume '${name}': 'rootDirectory' should be an absolute path.`);
  }
  const encrypted = transitEncryption === "ENABLED";
  if (!encrypted && (auth?.iam === "ENABLED" || auth?.accessPointId !== undefined)) {
    throw clientFault(`Volume '${name}': 'transitEncryption' must be ENABLED for IAM or an access point.`);
  }
  if (auth?.accessPointId !== undefined && rootDirectory !== "/") {
    throw clientFault(`Volume '${name}': 'rootDirectory' must be left out or / with an access point.`);
  }
}
