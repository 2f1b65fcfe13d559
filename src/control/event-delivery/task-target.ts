import { createHash } from "node:crypto";
import { RunTaskCommand, type RunTaskCommandInput } from "@aws-sdk/client-ecs";
import type { EcsParameters } from "@aws-sdk/client-eventbridge";
import type { Client } from "../../dispatch/context.ts";
import { Fault } from "../../kernel/fault.ts";
import { isJsonObject, parseJson } from "../../kernel/json.ts";

/** A task that a rule runs. */
export interface TaskTarget {
  /** The cluster's ARN. */
  readonly clusterArn: string;
  readonly parameters: EcsParameters;
  /** What the rule makes of the event: the overrides of the task, as JSON; none when it makes nothing. */
  readonly input: string | undefined;
  readonly ruleArn: string;
  /** Differs for each event and target: a second attempt finds the task of the first. */
  readonly token: string;
}

/**
 * Runs a task as the target's role ("Amazon ECS task targets", EventBridge User Guide).
 * @throws Fault RunTask's, or the first failure that it answers.
 */
export async function runTask(client: Client, target: TaskTarget): Promise<void> {
  const { failures = [] } = await client.send(new RunTaskCommand(runTaskInput(target)));
  const [failure] = failures;
  if (failure !== undefined) {
    throw new Fault("TaskNotPlaced", `${failure.reason ?? "UNKNOWN"} ${failure.arn ?? ""}`.trim());
  }
}

/** The call that a target stands for. Throws `ValidationException` when its input is not the overrides of a task. */
export function runTaskInput(target: TaskTarget): RunTaskCommandInput {
  const { parameters: given } = target;
  const network = given.NetworkConfiguration?.awsvpcConfiguration;
  return {
    cluster: target.clusterArn,
    taskDefinition: given.TaskDefinitionArn,
    count: given.TaskCount ?? 1,
    launchType: given.LaunchType,
    platformVersion: given.PlatformVersion,
    group: given.Group,
    capacityProviderStrategy: given.CapacityProviderStrategy,
    enableECSManagedTags: given.EnableECSManagedTags,
    enableExecuteCommand: given.EnableExecuteCommand,
    placementConstraints: given.PlacementConstraints,
    placementStrategy: given.PlacementStrategy,
    propagateTags: given.PropagateTags,
    referenceId: given.ReferenceId,
    tags: given.Tags?.map(({ Key, Value }) => ({ key: Key, value: Value })),
    networkConfiguration: network && {
      awsvpcConfiguration: {
        subnets: network.Subnets,
        securityGroups: network.SecurityGroups,
        assignPublicIp: network.AssignPublicIp,
      },
    },
    overrides: overridesOf(target.input),
    // AWS: whose task it is can be seen, and listed by.
    startedBy: `events-rule/${target.ruleArn.slice(target.ruleArn.lastIndexOf("/") + 1)}`.slice(0, 128),
    clientToken: createHash("sha256").update(target.token).digest("hex"),
  };
}

function overridesOf(input: string | undefined): RunTaskCommandInput["overrides"] {
  if (input === undefined) return undefined;
  const overrides = parseJson(input);
  if (!isJsonObject(overrides)) {
    throw new Fault(
      "ValidationException",
      "The input of a task must be a JSON object: the task's overrides.",
    );
  }
  return overrides as RunTaskCommandInput["overrides"];
}
