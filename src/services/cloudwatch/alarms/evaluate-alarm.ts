import type { CallContext } from "../../../dispatch/context.ts";
import type { InternalOperation } from "../../../dispatch/operation.ts";
import type { Job, Jobs, Rows, Tx } from "../../../store/types.ts";
import { alarmArn } from "../arn.ts";
import { readQueries } from "../math/query.ts";
import { runQueries, seriesOf } from "../math/run.ts";
import type { Series } from "../math/series.ts";
import { MathError } from "../math/tokens.ts";
import { cloudWatchPrincipal } from "../principal.ts";
import { type Alarm, findAlarm, periodOf, ruleOf, watchedStatistic } from "./alarm.ts";
import { changeStanding, stay } from "./change.ts";
import { alarmsOf, holds, parseCompositeRule } from "./composite-rule.ts";
import { evaluationJob, evaluationStep, nameIn, nextEvaluation } from "./evaluation-job.ts";
import { alarmTime } from "./history.ts";
import { type AlarmState, type Datapoint, furtherPeriods, type Judgement, judge } from "./judge.ts";
import { stateReason } from "./reason.ts";

/** Looks at an alarm: judges its state by what is known now, and arranges when to look again. */
export const evaluateAlarm = ({
  jobs,
}: {
  readonly jobs: Jobs;
}): InternalOperation<{ readonly job: Job }, undefined, boolean> => ({
  service: "monitoring",
  name: "EvaluateAlarm",
  onlyFor: cloudWatchPrincipal,
  unrecorded: true,
  // Bookkeeping of the service in its own tables: AWS knows no permission for it.
  authorise: () => [],
  async commit(tx, ctx, { job }) {
    if (!(await jobs.finish(tx, job))) return false;
    const { name } = job.payload as { readonly name: string };
    const alarm = await findAlarm(tx, { account: job.account, region: job.region, name });
    if (alarm === undefined) return true;
    if (alarm.rule !== undefined) {
      await evaluateComposite(tx, ctx, alarm, alarm.rule);
      return true;
    }
    await evaluateMetric(tx, ctx, alarm);
    await tx.enqueue(evaluationJob(alarm.key, nextEvaluation(alarm, ctx.now)));
    return true;
  },
});

async function evaluateMetric(tx: Tx, ctx: CallContext, alarm: Alarm): Promise<void> {
  const { metric: settings, standing } = alarm;
  if (settings === undefined) return;
  const rule = ruleOf(settings);
  const period = periodOf(settings) * 1000;
  const step = evaluationStep(alarm);
  // The periods that ended last: they slide with each look (User Guide, "Evaluating an alarm").
  const end = Math.floor(ctx.now / step) * step;
  const count = rule.evaluationPeriods + furtherPeriods;
  const series = await watched(tx, alarm, end - count * period, end);
  const range = Array.from({ length: count }, (_, i): Datapoint => {
    const at = end - (count - i) * period;
    return { at, value: series?.points.get(at) };
  });
  const judgement = judge(rule, range);
  const told = judgement.state === standing.value && standing.reasonData !== undefined;
  if (judgement.state === "retain" || told) {
    await stay(tx, ctx, alarm);
    return;
  }
  await changeStanding(tx, ctx, alarm, {
    value: judgement.state,
    reason: stateReason(rule, judgement),
    reasonData: JSON.stringify(reasonData(alarm, judgement, ctx.now)),
  });
}

/** What an alarm looks at, with periods that end where the look ends; nothing when its expression fails. */
async function watched(rows: Rows, alarm: Alarm, start: number, end: number): Promise<Series | undefined> {
  const { metric: settings, key } = alarm;
  if (settings === undefined) return undefined;
  const statistic = watchedStatistic(settings);
  if (statistic !== undefined) return await seriesOf(rows, key, statistic, start, end, start);
  const { Metrics = [] } = settings;
  const queries = readQueries(Metrics, "Metrics", key.account);
  const returned = Metrics.find(({ ReturnData = true }) => ReturnData)?.Id ?? "";
  try {
    const result = (await runQueries(rows, key, queries, start, end, start)).get(returned);
    return result === undefined || "error" in result ? undefined : result.series[0];
  } catch (error) {
    if (error instanceof MathError) return undefined;
    throw error;
  }
}

/** As AWS's `StateReasonData` has it (User Guide, "Alarm events and EventBridge"). */
function reasonData({ metric }: Alarm, { evaluated }: Judgement, now: number) {
  const [first] = evaluated;
  return {
    version: "1.0",
    queryDate: alarmTime(now),
    ...(first !== undefined && { startDate: alarmTime(first.at) }),
    ...(metric?.Statistic !== undefined && { statistic: metric.Statistic }),
    ...(metric?.ExtendedStatistic !== undefined && { statistic: metric.ExtendedStatistic }),
    ...(metric?.Period !== undefined && { period: metric.Period }),
    recentDatapoints: evaluated.map(({ value }) => value),
    threshold: metric?.Threshold,
    evaluatedDatapoints: evaluated.toReversed().map(({ at, value }) => ({ timestamp: alarmTime(at), value })),
  };
}

async function evaluateComposite(tx: Tx, ctx: CallContext, alarm: Alarm, text: string): Promise<void> {
  const rule = parseCompositeRule(text);
  const children = new Map<string, Alarm | undefined>();
  for (const named of alarmsOf(rule)) {
    const name = nameIn(alarm.key, named);
    children.set(named, name === undefined ? undefined : await findAlarm(tx, { ...alarm.key, name }));
  }
  const value: AlarmState = holds(rule, (named) => children.get(named)?.standing.value) ? "ALARM" : "OK";
  const { standing, key } = alarm;
  if (value === standing.value) return stay(tx, ctx, alarm);
  const known = [...children.values()].filter((child) => child !== undefined);
  const newest = known.toSorted((a, b) => b.standing.transitionedAt - a.standing.transitionedAt)[0];
  const created = standing.reasonData === undefined || newest === undefined;
  await changeStanding(tx, ctx, alarm, {
    value,
    reason: created
      ? `${alarmArn(key)} was created and its alarm rule evaluates to ${value}`
      : `${alarmArn(newest.key)} transitioned to ${newest.standing.value} at ${longTime(newest.standing.transitionedAt)}`,
    reasonData: JSON.stringify({
      triggeringAlarms: known
        .filter((child) => child.standing.value === "ALARM")
        .map((child) => ({
          arn: alarmArn(child.key),
          state: { value: child.standing.value, timestamp: alarmTime(child.standing.transitionedAt) },
        })),
    }),
  });
}

/** `Monday 14 September, 2026 08:59:17 UTC`. */
function longTime(at: number): string {
  const part = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(at);
  const date = `${part({ weekday: "long" })} ${part({ day: "2-digit" })} ${part({ month: "long" })}, ${part({ year: "numeric" })}`;
  return `${date} ${new Date(at).toISOString().slice(11, 19)} UTC`;
}
