import type { CallContext } from "../../dispatch/context.ts";
import { isAccountId } from "../../kernel/account.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import { isRegion } from "../../kernel/region.ts";
import { busNotFound } from "./faults.ts";

/** What names an event bus everywhere. */
export interface BusKey {
  readonly account: AccountId;
  readonly region: Region;
  readonly name: string;
}

/** What names a rule: its bus, and its name. */
export interface RuleKey {
  readonly bus: BusKey;
  readonly name: string;
}

/** The bus that every account has in every region. */
export const defaultBus = "default";

/**
 * The bus that a call names by name or ARN; the default one when it names none.
 * @throws Fault `ResourceNotFoundException` for a bus of another region.
 */
export function busOf(nameOrArn: string | undefined, ctx: Pick<CallContext, "account" | "region">): BusKey {
  const named = nameOrArn ?? defaultBus;
  if (!named.startsWith("arn:")) return { account: ctx.account, region: ctx.region, name: named };
  const key = parseBusArn(named);
  if (key === undefined || key.region !== ctx.region) throw busNotFound(named);
  return key;
}

/** `arn:aws:events:<region>:<account>:event-bus/<name>`. */
export function busArn({ account, region, name }: BusKey): Arn {
  return formatArn("events", region, account, `event-bus/${name}`);
}

/** Reads the ARN of a bus; `undefined` when it is something else. */
export function parseBusArn(text: string): BusKey | undefined {
  const found = partsOf(text, "event-bus/");
  return found === undefined || found.rest.includes("/") ? undefined : { ...found.scope, name: found.rest };
}

/** `…:rule/<name>` on the default bus, `…:rule/<bus>/<name>` on others. */
export function ruleArn({ bus, name }: RuleKey): Arn {
  const path = bus.name === defaultBus ? name : `${bus.name}/${name}`;
  return formatArn("events", bus.region, bus.account, `rule/${path}`);
}

/** Reads the ARN of a rule; `undefined` when it is something else. */
export function parseRuleArn(text: string): RuleKey | undefined {
  const found = partsOf(text, "rule/");
  if (found === undefined) return undefined;
  const cut = found.rest.lastIndexOf("/");
  const bus = cut < 0 ? defaultBus : found.rest.slice(0, cut);
  const name = found.rest.slice(cut + 1);
  return name === "" || bus === "" ? undefined : { bus: { ...found.scope, name: bus }, name };
}

function partsOf(
  text: string,
  kind: string,
): { readonly scope: Omit<BusKey, "name">; readonly rest: string } | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "events" || !isAccountId(arn.account) || !isRegion(arn.region)) return undefined;
  if (!arn.resource.startsWith(kind) || arn.resource === kind) return undefined;
  return { scope: { account: arn.account, region: arn.region }, rest: arn.resource.slice(kind.length) };
}
