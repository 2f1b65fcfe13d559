import type { Json } from "../../kernel/json.ts";
import type { Tx } from "../../store/types.ts";
import { type BusKey, parseBusArn, ruleArn } from "./arn.ts";
import { deliveryJob } from "./delivery.ts";
import type { BusEvent } from "./event.ts";
import { eventPattern } from "./pattern/pattern.ts";
import { onBusColumns, type Rule, ruleOfRow } from "./rules.ts";
import type { EventsTables } from "./store.ts";
import { targetInput } from "./target-input.ts";
import { targetsOf } from "./targets.ts";

/** How an event came to the bus. */
export interface Arrival {
  /** Epoch ms. */
  readonly receivedAt: number;
  /** From another bus. AWS: such an event goes to no third one. */
  readonly forwarded: boolean;
}

/** Sends an event to the targets of every enabled rule of the bus whose pattern it matches, in the transaction given. */
export async function routeEvent(tx: Tx, bus: BusKey, event: BusEvent, arrival: Arrival): Promise<void> {
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
    const matches = eventPattern(row.pattern ?? "").matches(event as unknown as Json);
    if (matches) await sendToTargets(tx, ruleOfRow(row), event, arrival);
  }
}

/** One delivery for each target of a rule. */
export async function sendToTargets(tx: Tx, rule: Rule, event: BusEvent, arrival: Arrival): Promise<void> {
  const { receivedAt, forwarded } = arrival;
  const sources = { event, ruleArn: ruleArn(rule), ruleName: rule.name, receivedAt };
  for (const target of await targetsOf(tx, rule)) {
    const { Id: id, Arn: arn, RoleArn: roleArn, RetryPolicy: retry, EcsParameters: task } = target;
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
      },
      event,
      receivedAt,
      ...(changed && { input: targetInput(target, sources) }),
    };
    await tx.enqueue(deliveryJob(delivery, rule.bus.account, rule.bus.region));
  }
}
