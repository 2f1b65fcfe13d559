import type { ResourceFacts } from "../../dispatch/service.ts";
import type { Rows } from "../../store/types.ts";
import { busArn, parseBusArn, parseRuleArn } from "./arn.ts";
import { findBus } from "./buses.ts";
import { findRule } from "./rules.ts";

/** The policies and tags that bear on a bus or a rule: a rule is under the policy of its bus. */
export async function eventsFacts(rows: Rows, arn: string): Promise<ResourceFacts> {
  const ruleKey = parseRuleArn(arn);
  const busKey = ruleKey?.bus ?? parseBusArn(arn);
  if (busKey === undefined) return { policies: [] };
  const bus = await findBus(rows, busKey);
  const policies = bus?.policy === undefined ? [] : [{ name: busArn(busKey), document: bus.policy }];
  const tags = ruleKey === undefined ? bus?.tags : (await findRule(rows, ruleKey))?.tags;
  return { policies, ...(tags !== undefined && { tags }) };
}
