import { isAggregation } from "./aggregate.ts";
import { malformed } from "./malformed.ts";
import type { Command, Expression } from "./query.ts";
import { isFunction } from "./values.ts";

/** Throws `MalformedQueryException` for a function that there is not, and for an aggregation outside of stats. */
export function checkQuery(commands: readonly Command[]): void {
  for (const command of commands) {
    switch (command.kind) {
      case "fields":
      case "display":
        for (const { expression } of command.columns) check(expression, false);
        break;
      case "filter":
        check(command.condition, false);
        break;
      case "stats":
        for (const { expression } of command.columns) check(expression, true);
        for (const { expression } of command.by) check(expression, false);
        break;
      case "sort":
        for (const { expression } of command.by) check(expression, true);
        break;
    }
  }
}

function check(expression: Expression, aggregating: boolean): void {
  switch (expression.kind) {
    case "call":
      if (!isFunction(expression.name) && !(aggregating && isAggregation(expression.name))) {
        throw malformed(`there is no function ${expression.name.slice(0, 64)} here`, 0);
      }
      for (const arg of expression.args) check(arg, aggregating);
      break;
    case "not":
      check(expression.of, aggregating);
      break;
    case "binary":
      check(expression.left, aggregating);
      check(expression.right, aggregating);
      break;
    case "list":
      for (const item of expression.items) check(item, aggregating);
      break;
  }
}
