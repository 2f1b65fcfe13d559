import type * as ecs from "@aws-sdk/client-ecs";
import { invalidParameter, unsupported } from "../faults.ts";

/** API Reference, "CreateCluster": up to 255 letters, digits, underscores and hyphens. The sentence is ours. */
export function checkClusterName(name: string): void {
  if (!/^[a-zA-Z0-9_-]{1,255}$/.test(name)) {
    throw invalidParameter(
      "Cluster names can have up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.",
    );
  }
}

/** What `containerInsights` can be. */
const insights: readonly string[] = ["enabled", "disabled", "enhanced"];

/**
 * Settings after a request has changed some. Throws `InvalidParameterException`; the sentence is ours.
 * @param have what the cluster has, or starts with.
 */
export function mergeSettings(
  have: readonly ecs.ClusterSetting[],
  wanted: readonly ecs.ClusterSetting[] | undefined,
): readonly ecs.ClusterSetting[] {
  const settings = new Map(have.map(({ name, value }) => [name, value]));
  for (const { name, value } of wanted ?? []) {
    if (value === undefined || !insights.includes(value)) {
      throw invalidParameter(`${name} should be one of [${insights.join(",")}]`);
    }
    settings.set(name, value);
  }
  return [...settings].map(([name, value]) => ({ name, value }));
}

/** Members that `executeCommandConfiguration.logConfiguration` must not lack, by what they go with. */
const needsTarget =
  "Specify a CloudWatch log group or an S3 bucket when the ECS Exec logging setting is OVERRIDE.";

/**
 * The configuration that a request gives a cluster. Throws `InvalidParameterException` (the sentences are ours) and
 * `UnsupportedFeatureException`.
 */
export function readConfiguration(
  configuration: ecs.ClusterConfiguration | undefined,
): ecs.ClusterConfiguration | undefined {
  if (configuration === undefined) return undefined;
  const { executeCommandConfiguration: exec, managedStorageConfiguration: storage } = configuration;
  if (storage?.kmsKeyId !== undefined || storage?.fargateEphemeralStorageKmsKeyId !== undefined) {
    throw unsupported(
      "managedStorageConfiguration is not supported: the storage of tasks is the engine's own, which no KMS key encrypts.",
    );
  }
  const log = exec?.logConfiguration;
  if (exec?.logging === "OVERRIDE" && !log?.cloudWatchLogGroupName && !log?.s3BucketName) {
    throw invalidParameter(needsTarget);
  }
  if (log !== undefined && exec?.logging !== "OVERRIDE") {
    throw invalidParameter("A log configuration is only for the ECS Exec logging setting OVERRIDE.");
  }
  if (log?.s3BucketName) {
    throw unsupported(
      "logConfiguration.s3BucketName is not supported: sessions of ECS Exec are logged to CloudWatch Logs only.",
    );
  }
  return configuration;
}
