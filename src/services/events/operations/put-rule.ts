import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { Authorisation, InputOf, WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import { schedule } from "../../../kernel/schedule.ts";
import { defaultBus, ruleArn } from "../arn.ts";
import { needBus } from "../buses.ts";
import { invalid, limitExceeded, notServed } from "../faults.ts";
import { passRole } from "../pass-role.ts";
import { eventPattern } from "../pattern/pattern.ts";
import {
  actingService,
  findRule,
  onBusColumns,
  onRule,
  type Rule,
  refuseManaged,
  ruleKeyOf,
  writeRule,
} from "../rules.ts";
import { nextScheduleJob } from "../schedule/schedule-job.ts";
import type { EventsTables } from "../store.ts";
import { tagContext, tagged } from "../tags.ts";

type Input = InputOf<typeof eventbridge, "PutRule">;

/** EventBridge quotas: rules of a bus. */
const mostRules = 300;

/**
 * Makes a rule, or makes it anew: what the call leaves out is gone. Tags are taken for a new rule only.
 */
export const putRule: WriteOperation<typeof eventbridge, "PutRule"> = {
  name: "PutRule",
  authorise: async (input, ctx) => [
    ...(await onRule("events:PutRule", { managed: true, context: about })(input, ctx)),
    ...passRole(input.RoleArn),
  ],
  async commit(tx, ctx, input) {
    const key = ruleKeyOf(input, ctx);
    await needBus(tx, key.bus);
    check(input, key.bus.name);
    const known = await findRule(tx, key);
    refuseManaged(known, ctx);
    const managedBy = known?.managedBy ?? actingService(ctx);
    const rule: Rule = {
      ...key,
      enabled: input.State !== "DISABLED",
      ...(input.EventPattern !== undefined && { pattern: input.EventPattern }),
      ...(input.ScheduleExpression !== undefined && { schedule: input.ScheduleExpression }),
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.RoleArn !== undefined && { roleArn: input.RoleArn }),
      ...(managedBy !== undefined && { managedBy }),
      createdBy: known?.createdBy ?? ctx.account,
      tags: known?.tags ?? tagged([], input.Tags),
      revision: uuid(ctx.random),
      since: ctx.now,
    };
    await writeRule(tx, rule);
    if (known === undefined) {
      const { count } = await tx
        .tables<EventsTables>()
        .selectFrom("events_rule")
        .select(({ fn }) => fn.countAll<number | string>().as("count"))
        .where((is) => is.and(onBusColumns(key.bus)))
        .executeTakeFirstOrThrow();
      if (Number(count) > mostRules) throw limitExceeded();
      if (rule.tags.length > 0) await tx.bumpEpoch(key.bus.account);
    }
    const next = nextScheduleJob(rule, ctx.now);
    if (next !== undefined) await tx.enqueue(next);
    return { RuleArn: ruleArn(rule) };
  },
};

function check(input: Input, bus: string): void {
  const { EventPattern, ScheduleExpression, State } = input;
  if (EventPattern === undefined && ScheduleExpression === undefined) {
    throw invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.");
  }
  if (EventPattern !== undefined) eventPattern(EventPattern);
  if (ScheduleExpression !== undefined) {
    if (bus !== defaultBus) throw invalid("ScheduleExpression is supported only on the default event bus.");
    if (schedule(ScheduleExpression) === undefined)
      throw invalid("Parameter ScheduleExpression is not valid.");
  }
  if (State === "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS") {
    throw notServed("State", "Delivery of CloudTrail management events");
  }
}

/** What policies may look at in the pattern of a rule. */
function about(input: Input): Authorisation["context"] {
  const pattern = patternOf(input.EventPattern);
  const keys: readonly (readonly [string, readonly string[]])[] = [
    ["events:source", ["source"]],
    ["events:detail-type", ["detail-type"]],
    ["events:detail.service", ["detail", "service"]],
    ["events:detail.eventTypeCode", ["detail", "eventTypeCode"]],
    ["events:detail.userIdentity.principalId", ["detail", "userIdentity", "principalId"]],
  ];
  const found = keys.flatMap(([key, path]) => {
    const listed = pattern?.listed(...path) ?? [];
    return listed.length === 0 ? [] : [[key, listed] as const];
  });
  return { ...tagContext(input), ...Object.fromEntries(found) };
}

/** A pattern that cannot be read is refused once it is known whether the caller may ask at all. */
function patternOf(text: string | undefined): ReturnType<typeof eventPattern> | undefined {
  try {
    return text === undefined ? undefined : eventPattern(text);
  } catch {
    return undefined;
  }
}
