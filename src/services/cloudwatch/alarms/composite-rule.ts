import type { AlarmState } from "./judge.ts";

/** A rule of a composite alarm (API Reference, "PutCompositeAlarm", `AlarmRule`). */
export type CompositeRule =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "state"; readonly state: AlarmState; readonly alarm: string }
  | { readonly kind: "not"; readonly rule: CompositeRule }
  | { readonly kind: "and" | "or"; readonly rules: readonly CompositeRule[] };

/** A rule that cannot be read: where, and what is wrong with it. */
export class CompositeRuleError extends Error {}

/** Alarms that one rule may name, and parts that it may have (API Reference: 100 and 500). */
const mostAlarms = 100;
const mostParts = 500;

/** Reads a rule. @throws CompositeRuleError */
export function parseCompositeRule(text: string): CompositeRule {
  const tokens = tokensOf(text);
  let next = 0;
  let parts = 0;
  const peek = (): string | undefined => tokens[next];
  const take = (wanted?: string): string => {
    const token = tokens[next];
    if (token === undefined) throw new CompositeRuleError("the rule ends too early");
    if (wanted !== undefined && token !== wanted)
      throw new CompositeRuleError(
        `${JSON.stringify(token)} stands where ${JSON.stringify(wanted)} is expected`,
      );
    next++;
    return token;
  };
  const list = (kind: "and" | "or", word: string, part: () => CompositeRule): CompositeRule => {
    const rules = [part()];
    while (peek()?.toUpperCase() === word) {
      take();
      rules.push(part());
    }
    const [first] = rules;
    return rules.length === 1 && first !== undefined ? first : { kind, rules };
  };
  const disjunction = (): CompositeRule => list("or", "OR", () => list("and", "AND", single));
  const single = (): CompositeRule => {
    if (++parts > mostParts) throw new CompositeRuleError(`it has more than ${mostParts} parts`);
    const token = take();
    const word = token.toUpperCase();
    switch (word) {
      case "TRUE":
      case "FALSE":
        return { kind: "constant", value: word === "TRUE" };
      case "NOT":
        return { kind: "not", rule: single() };
      case "(": {
        const rule = disjunction();
        take(")");
        return rule;
      }
      case "OK":
      case "ALARM":
      case "INSUFFICIENT_DATA": {
        take("(");
        const alarm = unquoted(take());
        take(")");
        return { kind: "state", state: word, alarm };
      }
      default:
        throw new CompositeRuleError(`${JSON.stringify(token)} is no part of a rule`);
    }
  };
  const rule = disjunction();
  if (peek() !== undefined)
    throw new CompositeRuleError(`${JSON.stringify(peek())} follows the end of the rule`);
  const named = alarmsOf(rule).size;
  if (named > mostAlarms) throw new CompositeRuleError(`it names more than ${mostAlarms} alarms`);
  return rule;
}

/** Whether the rule holds. @param stateOf the state of an alarm that the rule names; `undefined` when there is none. */
export function holds(rule: CompositeRule, stateOf: (alarm: string) => AlarmState | undefined): boolean {
  switch (rule.kind) {
    case "constant":
      return rule.value;
    case "state":
      return stateOf(rule.alarm) === rule.state;
    case "not":
      return !holds(rule.rule, stateOf);
    case "and":
      return rule.rules.every((part) => holds(part, stateOf));
    case "or":
      return rule.rules.some((part) => holds(part, stateOf));
  }
}

/** The alarms that a rule names: names or ARNs, as they are written. */
export function alarmsOf(rule: CompositeRule): ReadonlySet<string> {
  switch (rule.kind) {
    case "constant":
      return new Set();
    case "state":
      return new Set([rule.alarm]);
    case "not":
      return alarmsOf(rule.rule);
    case "and":
    case "or":
      return new Set(rule.rules.flatMap((part) => [...alarmsOf(part)]));
  }
}

/** Words, parentheses and quoted names. A name without quotes ends at a space or a parenthesis. */
function tokensOf(text: string): readonly string[] {
  const tokens: string[] = [];
  const pattern = /\s*("(?:[^"\\]|\\.)*"|[()]|[^\s()"]+)/y;
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex;
    const [, token] = pattern.exec(text) ?? [];
    if (token === undefined) throw new CompositeRuleError(`the name that begins at ${from} has no end`);
    tokens.push(token);
  }
  return tokens;
}

function unquoted(token: string): string {
  if (token === "(" || token === ")") throw new CompositeRuleError("a name of an alarm is missing");
  return token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/g, "$1") : token;
}
