import type { AuthoriseContext, CallContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { parseBusArn, parseRuleArn } from "./arn.ts";
import { needBus, writeBus } from "./buses.ts";
import { findRule, refuseManaged, ruleOfArn, writeRule } from "./rules.ts";

/** Asks for an action on a bus or a rule, with the account that made the rule. */
export function onTagged(
  action: string,
  context?: (input: never) => Authorisation["context"],
): (input: { readonly ResourceARN: string }, ctx: AuthoriseContext) => Promise<readonly Authorisation[]> {
  return async (input, ctx) => {
    const key = parseRuleArn(input.ResourceARN);
    const rule = key && (await findRule(ctx.rows, key));
    const creator = key && { "events:creatorAccount": rule?.createdBy ?? ctx.account };
    return [{ action, resource: input.ResourceARN, context: { ...creator, ...context?.(input as never) } }];
  };
}

/** The tags of a bus or a rule. Throws `ValidationException`, `ResourceNotFoundException`. */
export async function tagsOfResource(rows: Rows, arn: string): Promise<readonly Tag[]> {
  const bus = parseBusArn(arn);
  return (bus === undefined ? await ruleOfArn(rows, arn) : await needBus(rows, bus)).tags;
}

/** Changes the tags of a bus or a rule. Throws `ValidationException`, `ResourceNotFoundException`, `ManagedRuleException`. */
export async function changeTags(
  tx: Tx,
  ctx: CallContext,
  arn: string,
  change: (have: readonly Tag[]) => readonly Tag[],
): Promise<void> {
  const busKey = parseBusArn(arn);
  if (busKey !== undefined) {
    const bus = await needBus(tx, busKey);
    await writeBus(tx, { ...bus, tags: change(bus.tags) }, ctx.now);
    return;
  }
  const rule = await ruleOfArn(tx, arn);
  refuseManaged(rule, ctx);
  await writeRule(tx, { ...rule, tags: change(rule.tags) });
  await tx.bumpEpoch(rule.bus.account);
}
