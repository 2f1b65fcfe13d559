import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { AuthoriseContext, CallContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { type BusKey, busOf, parseRuleArn, type RuleKey, ruleArn } from "./arn.ts";
import { invalid, managedRule, ruleNotFound } from "./faults.ts";
import type { EventsTables, RuleRow } from "./store.ts";

/** What a rule has besides its name, its pattern and whether it is enabled. */
export interface RuleDocument {
  readonly schedule?: string;
  readonly description?: string;
  readonly roleArn?: string;
  /** The service principal that made the rule for itself. */
  readonly managedBy?: string;
  /** The account that made it. */
  readonly createdBy: string;
  readonly tags: readonly Tag[];
  /** Changes with every PutRule, EnableRule and DisableRule: a schedule's jobs know by it whether they still count. */
  readonly revision: string;
  /** When this revision was made, epoch ms: rates count from here. */
  readonly since: number;
}

/** A rule. */
export interface Rule extends RuleKey, RuleDocument {
  readonly enabled: boolean;
  readonly pattern?: string;
}

/** Reads a row. */
export function ruleOfRow(row: RuleRow): Rule {
  const bus = { account: row.account, region: row.region, name: row.bus } as BusKey;
  const pattern = row.pattern === null ? {} : { pattern: row.pattern };
  return { bus, name: row.name, enabled: row.enabled === 1, ...pattern, ...JSON.parse(row.document) };
}

/** The columns that say on which bus something is. */
export function onBusColumns(bus: BusKey): { account: string; region: string; bus: string } {
  return { account: bus.account, region: bus.region, bus: bus.name };
}

/** The rule, or `undefined`. */
export async function findRule(rows: Rows, { bus, name }: RuleKey): Promise<Rule | undefined> {
  const row = await rows
    .tables<EventsTables>()
    .selectFrom("events_rule")
    .selectAll()
    .where((is) => is.and(onBusColumns(bus)))
    .where("name", "=", name)
    .executeTakeFirst();
  return row && ruleOfRow(row);
}

/** The rule. Throws `ResourceNotFoundException`. */
export async function needRule(rows: Rows, key: RuleKey): Promise<Rule> {
  const rule = await findRule(rows, key);
  if (rule === undefined) throw ruleNotFound(key.name, key.bus.name);
  return rule;
}

/** The tagged or named rule of an ARN. Throws `ValidationException`, `ResourceNotFoundException`. */
export async function ruleOfArn(rows: Rows, arn: string): Promise<Rule> {
  const key = parseRuleArn(arn);
  if (key === undefined)
    throw invalid(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  return await needRule(rows, key);
}

/** Writes a rule whole. */
export async function writeRule(tx: Tx, rule: Rule): Promise<void> {
  const { bus, name, enabled, pattern, ...document } = rule;
  const columns = {
    enabled: enabled ? (1 as const) : (0 as const),
    pattern: pattern ?? null,
    document: JSON.stringify(document),
  };
  await tx
    .tables<EventsTables>()
    .insertInto("events_rule")
    .values({ ...onBusColumns(bus), name, ...columns })
    .onConflict((conflict) => conflict.columns(["account", "region", "bus", "name"]).doUpdateSet(columns))
    .execute();
}

/** The service that acts, when a service does: rules that it makes are its own. */
export function actingService({ principal }: CallContext): string | undefined {
  if (principal.type === "AWSService") return principal.service;
  return principal.type === "AssumedRole" ? principal.invokedBy : undefined;
}

/** A rule that a service made for itself is changed by that service only. Throws `ManagedRuleException`. */
export function refuseManaged(rule: Rule | undefined, ctx: CallContext, force?: boolean): void {
  if (rule?.managedBy === undefined || force === true) return;
  if (actingService(ctx) !== rule.managedBy) throw managedRule(rule.managedBy);
}

/** A rule as an input names it. */
interface NamesRule {
  readonly Name?: string;
  readonly Rule?: string;
  readonly EventBusName?: string | undefined;
}

/** The rule that an input names. */
export function ruleKeyOf(input: NamesRule, ctx: CallContext): RuleKey {
  return { bus: busOf(input.EventBusName, ctx), name: input.Name ?? input.Rule ?? "" };
}

/** Asks for an action on the rule that the input names, with what is known of its maker. */
export function onRule(
  action: string,
  options: { readonly managed?: boolean; readonly context?: (input: never) => Authorisation["context"] } = {},
): (input: NamesRule, ctx: AuthoriseContext) => Promise<readonly Authorisation[]> {
  return async (input, ctx) => {
    const key = ruleKeyOf(input, ctx);
    const rule = await findRule(ctx.rows, key);
    const context = {
      "events:creatorAccount": rule?.createdBy ?? ctx.account,
      ...(options.managed === true && { "events:ManagedBy": rule?.managedBy ?? actingService(ctx) }),
      ...options.context?.(input as never),
    };
    return [{ action, resource: ruleArn(key), context }];
  };
}

/** A rule as ListRules shows it. */
export function describeRule(rule: Rule): eventbridge.Rule {
  return {
    Name: rule.name,
    Arn: ruleArn(rule),
    EventPattern: rule.pattern,
    State: rule.enabled ? "ENABLED" : "DISABLED",
    Description: rule.description,
    ScheduleExpression: rule.schedule,
    RoleArn: rule.roleArn,
    ManagedBy: rule.managedBy,
    EventBusName: rule.bus.name,
  };
}
