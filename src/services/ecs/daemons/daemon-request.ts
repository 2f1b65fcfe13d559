import type * as ecs from "@aws-sdk/client-ecs";
import type { AuthoriseContext, PrepareContext } from "../../../dispatch/context.ts";
import type { Authorisation } from "../../../dispatch/operation.ts";
import { isFault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { type ClusterKey, clusterArn, type DaemonKey, daemonArn } from "../arn.ts";
import {
  capacityProviderNotFound,
  isPredefined,
  providerName,
} from "../capacity-providers/capacity-provider.ts";
import { listProviders } from "../capacity-providers/managed-provider.ts";
import { mostInCluster, providerContext } from "../capacity-providers/strategy.ts";
import { invalidParameter, unsupported } from "../faults.ts";
import { passTaskRoles } from "../task-definitions/pass-role.ts";
import { admitRoles } from "../tasks/admission.ts";
import type { DaemonRevisionDocument } from "./daemon.ts";
import { type DaemonDefinition, findDaemonDefinition, needDaemonDefinition } from "./daemon-definition.ts";
import type { DaemonDeploymentConfiguration } from "./daemon-deployment.ts";

/** Developer Guide, "Daemon deployments": the default of `drainPercent`. */
const defaultDrain = 25;
/** Ours: two days, as for services. */
const longestBake = 2880;

/** What CreateDaemon and UpdateDaemon have in common. */
export interface DaemonRequest {
  readonly daemonTaskDefinitionArn: string;
  readonly capacityProviderArns: readonly string[];
  readonly deploymentConfiguration?: ecs.DaemonDeploymentConfiguration | undefined;
  readonly propagateTags?: ecs.DaemonPropagateTags | undefined;
  readonly enableECSManagedTags?: boolean | undefined;
  readonly enableExecuteCommand?: boolean | undefined;
  readonly critical?: boolean | undefined;
}

/** A permission on a daemon, with the cluster that it is in. */
export function onDaemon(action: string, key: DaemonKey): Authorisation {
  return { action, resource: daemonArn(key), context: { "ecs:cluster": clusterArn(key) } };
}

/** The permissions that a daemon's tasks need of who asks for it. */
export async function daemonPermissions(
  action: string,
  key: DaemonKey,
  input: DaemonRequest,
  ctx: AuthoriseContext,
  context: NonNullable<Authorisation["context"]> = {},
): Promise<readonly Authorisation[]> {
  const definition = await definitionNamed(ctx, input.daemonTaskDefinitionArn);
  const { cpu, memory, taskRoleArn, executionRoleArn } = definition?.document.definition ?? {};
  const flag = (value: boolean | undefined) => (value === undefined ? undefined : String(value));
  return [
    {
      action,
      resource: daemonArn(key),
      context: {
        ...context,
        "ecs:cluster": clusterArn(key),
        ...providerContext(input.capacityProviderArns, ctx),
        "ecs:daemon-task-definition": definition?.arn ?? input.daemonTaskDefinitionArn,
        "ecs:enable-ecs-managed-tags": flag(input.enableECSManagedTags),
        "ecs:enable-execute-command": flag(input.enableExecuteCommand),
        "ecs:propagate-tags": input.propagateTags,
        "ecs:task-cpu": cpu,
        "ecs:task-memory": memory,
      },
    },
    ...passTaskRoles(ctx, taskRoleArn, executionRoleArn),
  ];
}

/** A malformed reference is the operation's to refuse, after the caller's permission is known. */
async function definitionNamed(
  ctx: AuthoriseContext,
  reference: string,
): Promise<DaemonDefinition | undefined> {
  try {
    return await findDaemonDefinition(ctx.rows, ctx, reference);
  } catch (error) {
    if (isFault(error)) return undefined;
    throw error;
  }
}

/** What a request wants a daemon to be. */
export interface WantedDaemon {
  readonly revision: DaemonRevisionDocument;
  readonly capacityProviders: readonly string[];
  readonly configuration: DaemonDeploymentConfiguration;
}

/** Checks what a daemon shall run and where. For `prepare`. Texts are ours. */
export async function admitDaemon(
  ctx: PrepareContext,
  cluster: ClusterKey,
  input: DaemonRequest,
): Promise<WantedDaemon> {
  const definition = await needDaemonDefinition(ctx.rows, ctx, input.daemonTaskDefinitionArn);
  const { taskRoleArn, executionRoleArn, containerDefinitions } = definition.document.definition;
  await admitRoles(ctx, [taskRoleArn, executionRoleArn]);
  return {
    revision: {
      taskDefinition: definition.arn,
      containerImages: containerDefinitions.map(({ name, image }) => ({ containerName: name, image })),
      propagateTags: input.propagateTags ?? "NONE",
      enableECSManagedTags: input.enableECSManagedTags ?? false,
      enableExecuteCommand: input.enableExecuteCommand ?? false,
      critical: input.critical ?? true,
    },
    capacityProviders: await readDaemonProviders(ctx.rows, cluster, input.capacityProviderArns),
    configuration: readConfiguration(input.deploymentConfiguration),
  };
}

/** The names of the providers of a daemon. Throws `InvalidParameterException`. */
export async function readDaemonProviders(
  rows: Rows,
  cluster: ClusterKey,
  named: readonly string[],
): Promise<readonly string[]> {
  const names = [...new Set(named.map(providerName))];
  if (names.length === 0) throw invalidParameter("capacityProviderArns can not be empty.");
  if (names.length > mostInCluster) {
    throw invalidParameter(`capacityProviderArns can have at most ${mostInCluster} items.`);
  }
  if (names.some(isPredefined)) {
    throw invalidParameter("Daemons run on capacity providers of Amazon ECS Managed Instances only.");
  }
  const known = await listProviders(rows, cluster, cluster.cluster);
  const active = new Set(known.filter(({ status }) => status === "ACTIVE").map(({ name }) => name));
  if (!names.every((name) => active.has(name))) throw capacityProviderNotFound();
  return names;
}

function readConfiguration(
  sent: ecs.DaemonDeploymentConfiguration | undefined,
): DaemonDeploymentConfiguration {
  const { drainPercent = defaultDrain, bakeTimeInMinutes = 0, alarms } = sent ?? {};
  if (!(drainPercent >= 0 && drainPercent <= 100)) {
    throw invalidParameter("deploymentConfiguration.drainPercent must be between 0.0 and 100.0.");
  }
  if (!(Number.isInteger(bakeTimeInMinutes) && bakeTimeInMinutes >= 0 && bakeTimeInMinutes <= longestBake)) {
    throw invalidParameter(`deploymentConfiguration.bakeTimeInMinutes must be between 0 and ${longestBake}.`);
  }
  if (alarms?.enable === true || (alarms?.alarmNames ?? []).length > 0) {
    throw unsupported("Roadstead has no CloudWatch alarms: deploymentConfiguration.alarms is not supported.");
  }
  return { drainPercent, bakeTimeInMinutes };
}
