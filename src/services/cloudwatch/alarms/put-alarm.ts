import type { CallContext } from "../../../dispatch/context.ts";
import type { Tx } from "../../../store/types.ts";
import { validation } from "../faults.ts";
import { type ApiTags, readTags, tagContext } from "../tags.ts";
import { checkActions } from "./actions.ts";
import { type Alarm, findAlarm, typeOf, unchecked } from "./alarm.ts";
import { configureAlarm } from "./change.ts";
import { evaluationJob } from "./evaluation-job.ts";

/** What the two operations that put alarms have in common. */
export interface PutAlarmInput {
  readonly AlarmName?: string | undefined;
  readonly AlarmDescription?: string | undefined;
  readonly ActionsEnabled?: boolean | undefined;
  readonly OKActions?: readonly string[] | undefined;
  readonly AlarmActions?: readonly string[] | undefined;
  readonly InsufficientDataActions?: readonly string[] | undefined;
  readonly Tags?: ApiTags | undefined;
}

/** The condition keys of putting an alarm: its tags, and what it would call (`cloudwatch:AlarmActions`). */
export function putAlarmContext(input: PutAlarmInput): Readonly<Record<string, string | readonly string[]>> {
  const { OKActions = [], AlarmActions = [], InsufficientDataActions = [] } = input;
  const actions = [...OKActions, ...AlarmActions, ...InsufficientDataActions];
  return { ...tagContext(input.Tags), ...(actions.length > 0 && { "cloudwatch:AlarmActions": actions }) };
}

/**
 * Makes an alarm, or changes the one of that name, and has it looked at.
 * @param watches what it is on: a metric, or other alarms. @throws Fault `ValidationError`, `InvalidParameterValue`.
 */
export async function putAlarm(
  tx: Tx,
  ctx: CallContext,
  input: PutAlarmInput,
  watches: Pick<Alarm, "metric" | "rule">,
): Promise<void> {
  const { AlarmName: name = "", OKActions = [], AlarmActions = [], InsufficientDataActions = [] } = input;
  checkActions([...OKActions, ...AlarmActions, ...InsufficientDataActions]);
  const key = { account: ctx.account, region: ctx.region, name };
  const have = await findAlarm(tx, key);
  if (have !== undefined && typeOf(have) !== typeOf(watches))
    throw validation(`There is a ${typeOf(have)} of the name ${name}.`);
  const alarm: Alarm = {
    key,
    description: input.AlarmDescription,
    actionsEnabled: input.ActionsEnabled ?? true,
    okActions: OKActions,
    alarmActions: AlarmActions,
    insufficientDataActions: InsufficientDataActions,
    configuredAt: ctx.now,
    standing: have?.standing ?? unchecked(ctx.now),
    // AWS: tags of an alarm that is there are changed by TagResource only.
    tags: have?.tags ?? readTags([], input.Tags ?? []),
    ...watches,
  };
  await configureAlarm(tx, ctx, alarm, have === undefined ? "Create" : "Update");
  await tx.enqueue(evaluationJob(key, ctx.now));
}
