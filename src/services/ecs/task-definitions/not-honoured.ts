import { clientFault } from "../faults.ts";
import type { CompleteDefinition } from "./complete.ts";

/** Something that a definition can ask for and that no runtime of Roadstead does. */
interface Impossible {
  readonly member: string;
  readonly asked: (definition: CompleteDefinition) => boolean;
  /** The end of the sentence "Roadstead does not support <member>: …". */
  readonly reason: string;
}

/**
 * What would be accepted and then not happen, so it is refused at registration. docs/operate/ecs.md lists the same;
 * what is merely kept is listed there too.
 */
export const impossible: readonly Impossible[] = [
  {
    member: "proxyConfiguration",
    asked: ({ proxyConfiguration }) => proxyConfiguration !== undefined,
    reason: "App Mesh is not part of it",
  },
  {
    member: "inferenceAccelerators",
    asked: ({ inferenceAccelerators = [] }) => inferenceAccelerators.length > 0,
    reason: "Elastic Inference was discontinued",
  },
  {
    member: "enableFaultInjection",
    asked: ({ enableFaultInjection }) => enableFaultInjection === true,
    reason: "tasks have no fault injection endpoints",
  },
  {
    member: "volumes.configuredAtLaunch",
    asked: ({ volumes }) => volumes.some(({ configuredAtLaunch }) => configuredAtLaunch === true),
    reason: "Amazon EBS is not part of it",
  },
  {
    member: "volumes.fsxWindowsFileServerVolumeConfiguration",
    asked: ({ volumes }) => volumes.some((one) => one.fsxWindowsFileServerVolumeConfiguration !== undefined),
    reason: "Amazon FSx is not part of it",
  },
  {
    member: "volumes.s3filesVolumeConfiguration",
    asked: ({ volumes }) => volumes.some((one) => one.s3filesVolumeConfiguration !== undefined),
    reason: "Amazon S3 Files is not part of it",
  },
  {
    member: "runtimePlatform.operatingSystemFamily",
    asked: ({ runtimePlatform }) => runtimePlatform?.operatingSystemFamily?.startsWith("WINDOWS") === true,
    reason: "containers are Linux containers",
  },
  {
    member: "containerDefinitions.credentialSpecs",
    asked: ofContainer(({ credentialSpecs = [] }) => credentialSpecs.length > 0),
    reason: "there is no Active Directory",
  },
  {
    member: "containerDefinitions.resourceRequirements of type InferenceAccelerator",
    asked: ofContainer(({ resourceRequirements = [] }) =>
      resourceRequirements.some(({ type }) => type === "InferenceAccelerator"),
    ),
    reason: "Elastic Inference was discontinued",
  },
  {
    member: "firelensConfiguration with a config-file-type of s3",
    asked: ofContainer(
      ({ firelensConfiguration }) => firelensConfiguration?.options?.["config-file-type"] === "s3",
    ),
    reason: "Amazon S3 is not part of it; put the file into the image",
  },
];

function ofContainer(asked: (container: CompleteDefinition["containerDefinitions"][number]) => boolean) {
  return (definition: CompleteDefinition) => definition.containerDefinitions.some(asked);
}

/** Refuses what no runtime can honour. Throws `ClientException`; the words are ours. */
export function refuseTheImpossible(definition: CompleteDefinition): void {
  const refused = impossible.find(({ asked }) => asked(definition));
  if (refused === undefined) return;
  throw clientFault(`Roadstead does not support ${refused.member}: ${refused.reason}.`);
}
