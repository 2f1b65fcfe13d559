import type { Rule, RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";

/** When a rule applies, in words; the default rule whenever no other does. */
export function conditionsOf({ Conditions: conditions = [], IsDefault: isDefault }: Rule): string {
  if (isDefault === true) return "No other rule applies";
  return conditions.map(conditionOf).join(" and ");
}

function conditionOf(condition: RuleCondition): string {
  const { Field: field = "", HttpHeaderConfig: header, QueryStringConfig: query } = condition;
  if (query !== undefined) {
    return `query-string is ${alternatives(query.Values?.map(({ Key: key, Value: value }) => (key === undefined ? `${value}` : `${key}=${value}`)))}`;
  }
  const name = header?.HttpHeaderName === undefined ? field : `header ${header.HttpHeaderName}`;
  return `${name} is ${alternatives(valuesOf(condition))}`;
}

function valuesOf(condition: RuleCondition): readonly string[] | undefined {
  const configured =
    condition.HostHeaderConfig ??
    condition.PathPatternConfig ??
    condition.HttpHeaderConfig ??
    condition.HttpRequestMethodConfig ??
    condition.SourceIpConfig;
  return configured?.Values ?? condition.Values;
}

const alternatives = (values: readonly string[] = []): string => values.join(" or ");
