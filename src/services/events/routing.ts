import type { Json } from "../../kernel/json.ts";
import type { Tx } from "../../store/types.ts";
import { archiveEvent } from "./archives/archiving.ts";
import { type BusKey, parseBusArn, ruleArn } from "./arn.ts";
import { deliveryJob } from "./delivery.ts";
import type { BusEvent } from "./event.ts";
import { eventPattern } from "./pattern/pattern.ts";
import { onBusColumns, type Rule, ruleOfRow } from "./rules.ts";
import type { EventsTables } from "./store.ts";
import { httpParameters, targetInput } from "./target-input.ts";
import { targetsOf } from "./targets.ts";

/** How an event came to the bus. */
export interface Arrival {
  /** Epoch ms. */
  readonly receivedAt: number;
  /** From another bus. AWS: such an event goes to no third one. */
  readonly forwarded: boolean;
  /** The ARNs of the rules that it is for, when it is not for all. */
  readonly only?: readonly string[];
}

/**
 * Sends an event to the targets of every enabled rule of the bus whose pattern it matches, and to the bus's archives,
 * in the transaction given.
 */
export async function routeEvent(tx: Tx, bus: BusKey, event: BusEvent, arrival: Arrival): Promise<void> {
  const { forwarded, receivedAt, only } = arrival;
  await archiveEvent(tx, bus, { event, forwarded }, receivedAt);
  const rows = await tx
    .tables<EventsTables>()
    .selectFrom("events_rule")
    .selectAll()
    .where((is) => is.and(onBusColumns(bus)))
    .where("enabled", "=", 1)
    .where("pattern", "is not", null)
    .orderBy("name")
    .execute();
  for (const row of rows) {
    const rule = ruleOfRow(row);
    if (only !== undefined && !only.includes(ruleArn(rule))) continue;
    const matches = eventPattern(row.pattern ?? "").matches(event as unknown as Json);
    if (matches) await sendToTargets(tx, rule, event, arrival);
  }
}

/** One delivery for each target of a rule. */
export async function sendToTargets(tx: Tx, rule: Rule, event: BusEvent, arrival: Arrival): Promise<void> {
  const { receivedAt, forwarded } = arrival;
  const sources = { event, ruleArn: ruleArn(rule), ruleName: rule.name, receivedAt };
  for (const target of await targetsOf(tx, rule)) {
    const { Id: id, Arn: arn, RoleArn: roleArn, RetryPolicy: retry, EcsParameters: task } = target;
    const http = target.HttpParameters && httpParameters(target.HttpParameters, event);
    if (forwarded && parseBusArn(arn) !== undefined) continue;
    const changed = [target.Input, target.InputPath, target.InputTransformer].some(
      (one) => one !== undefined,
    );
    const delivery = {
      ruleArn: sources.ruleArn,
      target: {
        id,
        arn,
        ...(roleArn !== undefined && { roleArn }),
        ...(retry !== undefined && { retry }),
        ...(task !== undefined && { task }),
        ...(http !== undefined && { http }),
      },
      event,
      receivedAt,
      ...(changed && { input: targetInput(target, sources) }),
    };
    await tx.enqueue(deliveryJob(delivery, rule.bus.account, rule.bus.region));
  }
}
