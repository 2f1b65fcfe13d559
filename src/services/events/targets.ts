import type { Target } from "@aws-sdk/client-eventbridge";
import { parseArn } from "../../kernel/arn.ts";
import { parseJson } from "../../kernel/json.ts";
import type { Rows } from "../../store/types.ts";
import { isApiDestinationArn } from "./api-destinations/api-destination.ts";
import { busArn, parseBusArn, type RuleKey } from "./arn.ts";
import { invalid, notServed } from "./faults.ts";
import { onBusColumns } from "./rules.ts";
import type { EventsTables, TargetRow } from "./store.ts";
import { isPath } from "./target-input.ts";

/** A target once it has been taken. */
export type KnownTarget = Target & { readonly Id: string; readonly Arn: string };

/** EventBridge quotas: targets of a rule. */
export const mostTargets = 5;

/** The targets of a rule, in order of their ids. */
export async function targetsOf(rows: Rows, { bus, name }: RuleKey): Promise<readonly KnownTarget[]> {
  const found = await rows
    .tables<EventsTables>()
    .selectFrom("events_target")
    .selectAll()
    .where((is) => is.and(onBusColumns(bus)))
    .where("rule", "=", name)
    .orderBy("id")
    .execute();
  return found.map(targetOfRow);
}

/** Reads a row. */
function targetOfRow(row: TargetRow): KnownTarget {
  return JSON.parse(row.document) as KnownTarget;
}

/** Parameters of targets that are not served. */
const foreign = [
  "KinesisParameters",
  "RunCommandParameters",
  "BatchParameters",
  "SqsParameters",
  "RedshiftDataParameters",
  "SageMakerPipelineParameters",
  "AppSyncParameters",
] as const;

/**
 * Checks that a target can be delivered to: what is not served here is refused now, not when events come.
 * @throws Fault `ValidationException`.
 */
export function checkTarget(target: KnownTarget, rule: RuleKey): void {
  const { Id, Arn } = target;
  const arn = parseArn(Arn);
  if (arn === undefined)
    throw invalid(`Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`);
  const unknown = foreign.find((member) => target[member] !== undefined);
  if (unknown !== undefined) throw notServed(unknown, `A target that takes ${unknown}`);
  if (target.DeadLetterConfig?.Arn !== undefined)
    throw notServed("DeadLetterConfig", "A dead-letter queue (Amazon SQS)");
  if (arn.service === "logs" && arn.resource.startsWith("log-group:")) checkLogGroup(target, rule);
  else if (arn.service === "events" && parseBusArn(Arn) !== undefined) checkBus(target, rule);
  else if (isApiDestinationArn(Arn)) checkApiDestination(target, rule);
  else if (arn.service === "ecs" && arn.resource.startsWith("cluster/")) checkTask(target, rule);
  else
    throw notServed(
      "Arn",
      `Delivery to ${arn.service} (events go to CloudWatch Logs log groups, event buses, API destinations and tasks of ECS clusters; ${Arn})`,
    );

  if (target.EcsParameters !== undefined && arn.service !== "ecs") {
    throw invalid(`Parameter(s) EcsParameters not valid for target: ${Arn}.`);
  }
  if (target.HttpParameters !== undefined && !isApiDestinationArn(Arn)) {
    throw invalid(`Parameter(s) HttpParameters not valid for target: ${Arn}.`);
  }
  const inputs = [target.Input, target.InputPath, target.InputTransformer].filter((one) => one !== undefined);
  if (inputs.length > 1) {
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${Id}.`);
  }
  if (target.Input !== undefined && parseJson(target.Input) === undefined) {
    throw invalid(`JSON syntax error in input for target ${Id}`);
  }
  const paths = Object.entries(target.InputTransformer?.InputPathsMap ?? {});
  for (const path of [target.InputPath, ...paths.map(([, value]) => value)]) {
    if (path !== undefined && !isPath(path)) throw invalid(`Invalid InputPath for target ${Id} : ${path}`);
  }
  if (paths.some(([name]) => name.toUpperCase().startsWith("AWS"))) {
    throw invalid(`Parameter InputPathsMap is not valid. Reason: names that start with "AWS" are reserved.`);
  }
}

/** AWS: EventBridge writes to log groups by their resource policy, in its own account and region. */
function checkLogGroup({ Arn, RoleArn }: KnownTarget, { bus }: RuleKey): void {
  const arn = parseArn(Arn);
  if (RoleArn !== undefined) throw invalid(`RoleArn is not supported for target ${Arn}.`);
  if (arn?.account !== bus.account || arn.region !== bus.region) {
    throw invalid(
      `Parameter ${Arn} is not valid. Reason: the log group must be in the account and region of the rule.`,
    );
  }
}

/** AWS: a task is run in the target's role, in the region of the rule. */
function checkTask({ Arn, RoleArn, EcsParameters: parameters }: KnownTarget, { bus }: RuleKey): void {
  if (RoleArn === undefined) throw invalid(`RoleArn is required for target ${Arn}.`);
  if (parameters === undefined) throw invalid(`EcsParameters is required for target ${Arn}.`);
  const arn = parseArn(Arn);
  if (arn?.region !== bus.region || arn.account !== bus.account) {
    throw invalid(
      `Parameter ${Arn} is not valid. Reason: the cluster must be in the account and region of the rule.`,
    );
  }
}

/** AWS: an API destination is called in the target's role, in the account and region of the rule. */
function checkApiDestination({ Arn, RoleArn }: KnownTarget, { bus }: RuleKey): void {
  if (RoleArn === undefined) throw invalid(`RoleArn is required for target ${Arn}.`);
  const arn = parseArn(Arn);
  if (arn?.region !== bus.region || arn.account !== bus.account) {
    throw invalid(
      `Parameter ${Arn} is not valid. Reason: the API destination must be in the account and region of the rule.`,
    );
  }
}

function checkBus(target: KnownTarget, { bus }: RuleKey): void {
  const { Arn, Input, InputPath, InputTransformer } = target;
  if (Arn === busArn(bus)) {
    // Ours: AWS lets the loop be made.
    throw invalid(`Parameter ${Arn} is not valid. Reason: a rule cannot send to its own event bus.`);
  }
  if (Input !== undefined || InputPath !== undefined || InputTransformer !== undefined) {
    throw invalid(`Input, InputPath and InputTransformer are not supported for target ${Arn}.`);
  }
}
