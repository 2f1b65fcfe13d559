import { isJsonObject, type Json, parseJson } from "../../../kernel/json.ts";
import type { ReadEvent } from "../events.ts";
import type { Expression } from "./query.ts";

/** What an expression has as its value. */
export type Value = string | number | boolean | undefined;

/** What is known while a query is evaluated. */
export interface Scope {
  /** Epoch ms. */
  readonly now: number;
}

/** One event, or one group of them, with the columns that the query gave it. */
export interface Row {
  readonly columns: ReadonlyMap<string, Value>;
  /** A field that no command made: of the event, and of the JSON in its message. */
  field(name: string): Value;
}

/** A row of an event. @param log `<account>:<group>`. */
export function eventRow(event: ReadEvent, log: string, pointer: string): Row {
  let json: Json | undefined | null = null;
  const own = new Map<string, Value>([
    ["@timestamp", event.position.timestamp],
    ["@message", event.message],
    ["@ingestionTime", event.ingestedAt],
    ["@logStream", event.position.stream],
    ["@log", log],
    ["@ptr", pointer],
  ]);
  return {
    columns: new Map(),
    field(name) {
      if (own.has(name)) return own.get(name);
      // The message is read when a field of it is first asked for.
      if (json === null)
        json = event.message.trimStart().startsWith("{") ? parseJson(event.message) : undefined;
      return json === undefined ? undefined : below(json, name);
    },
  };
}

/** The value at a path; a key may itself hold dots. */
function below(json: Json, path: string): Value {
  if (isJsonObject(json) && Object.hasOwn(json, path)) return plainValue(json[path]);
  for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1)) {
    const key = path.slice(0, dot);
    const inner = Array.isArray(json)
      ? json[Number(key)]
      : isJsonObject(json) && Object.hasOwn(json, key)
        ? json[key]
        : undefined;
    const found = inner === undefined || inner === null ? undefined : below(inner, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return Array.isArray(json) && /^\d+$/.test(path) ? plainValue(json[Number(path)]) : undefined;
}

function plainValue(json: Json | undefined): Value {
  if (json === null || json === undefined) return undefined;
  return typeof json === "object" ? JSON.stringify(json) : json;
}

/** A value as a number, if it can be one. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const number = Number(value);
  return Number.isNaN(number) ? undefined : number;
}

export function textOf(value: Value): string {
  return value === undefined ? "" : String(value);
}

/** Orders two values: as numbers when both are, else as texts; what is not there comes first. */
export function compare(a: Value, b: Value): number {
  if (a === undefined || b === undefined) return Number(b === undefined) - Number(a === undefined) || 0;
  const left = numberOf(a);
  const right = numberOf(b);
  if (left !== undefined && right !== undefined) return left - right;
  return textOf(a) < textOf(b) ? -1 : textOf(a) > textOf(b) ? 1 : 0;
}

function truth(value: Value): boolean {
  return value !== undefined && value !== false && value !== 0 && value !== "";
}

/** The value of an expression for a row. A part that makes no sense of its operands has no value. */
export function evaluate(expression: Expression, row: Row, scope: Scope): Value {
  switch (expression.kind) {
    case "constant":
      return expression.value;
    case "duration":
      return expression.ms;
    case "regex":
      return expression.pattern.source;
    case "list":
      return undefined;
    case "field":
      return row.columns.has(expression.name) ? row.columns.get(expression.name) : row.field(expression.name);
    case "not":
      return !truth(evaluate(expression.of, row, scope));
    case "call":
      return called(expression.name, expression.args, row, scope);
    case "binary":
      return operated(expression, row, scope);
  }
}

function operated(
  { operator, left, right }: Expression & { readonly kind: "binary" },
  row: Row,
  scope: Scope,
): Value {
  const a = evaluate(left, row, scope);
  if (operator === "and") return truth(a) && truth(evaluate(right, row, scope));
  if (operator === "or") return truth(a) || truth(evaluate(right, row, scope));
  if (operator === "in") {
    return right.kind === "list" && right.items.some((item) => same(a, evaluate(item, row, scope)));
  }
  if (operator === "like") {
    if (a === undefined) return false;
    if (right.kind === "regex") return right.pattern.test(textOf(a));
    return textOf(a).includes(textOf(evaluate(right, row, scope)));
  }
  const b = evaluate(right, row, scope);
  switch (operator) {
    case "=":
      return same(a, b);
    case "!=":
      return a !== undefined && !same(a, b);
    case "<":
      return a !== undefined && b !== undefined && compare(a, b) < 0;
    case "<=":
      return a !== undefined && b !== undefined && compare(a, b) <= 0;
    case ">":
      return a !== undefined && b !== undefined && compare(a, b) > 0;
    case ">=":
      return a !== undefined && b !== undefined && compare(a, b) >= 0;
    default:
      return arithmetic(operator, numberOf(a), numberOf(b));
  }
}

function same(a: Value, b: Value): boolean {
  return a !== undefined && b !== undefined && compare(a, b) === 0;
}

function arithmetic(operator: string, a: number | undefined, b: number | undefined): Value {
  if (a === undefined || b === undefined) return undefined;
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return b === 0 ? undefined : a / b;
    case "%":
      return b === 0 ? undefined : a % b;
    default:
      return a ** b;
  }
}

type Called = (values: readonly Value[], scope: Scope) => Value;

const ofNumber =
  (work: (value: number) => number): Called =>
  ([value]) => {
    const number = numberOf(value);
    return number === undefined ? undefined : work(number);
  };
const ofText =
  (work: (text: string, ...more: readonly string[]) => Value): Called =>
  ([value, ...more]) =>
    value === undefined ? undefined : work(textOf(value), ...more.map(textOf));
const numbers = (values: readonly Value[]) => values.flatMap((value) => numberOf(value) ?? []);

/** "Supported operations and functions" (User Guide), but for aggregations, which stats knows. */
const functions: Readonly<Record<string, Called>> = {
  abs: ofNumber(Math.abs),
  ceil: ofNumber(Math.ceil),
  floor: ofNumber(Math.floor),
  log: ofNumber(Math.log),
  sqrt: ofNumber(Math.sqrt),
  greatest: (values) => (values.length === 0 ? undefined : Math.max(...numbers(values))),
  least: (values) => (values.length === 0 ? undefined : Math.min(...numbers(values))),
  strlen: ofText((text) => text.length),
  toupper: ofText((text) => text.toUpperCase()),
  tolower: ofText((text) => text.toLowerCase()),
  trim: ofText((text) => text.trim()),
  ltrim: ofText((text) => text.trimStart()),
  rtrim: ofText((text) => text.trimEnd()),
  strcontains: ofText((text, part = "") => (text.includes(part) ? 1 : 0)),
  replace: ofText((text, from = "", to = "") => (from === "" ? text : text.replaceAll(from, to))),
  substr: ofText((text, start = "0", length) => {
    const from = Number(start);
    return length === undefined ? text.slice(from) : text.slice(from, from + Number(length));
  }),
  concat: (values) => values.map(textOf).join(""),
  coalesce: (values) => values.find((value) => value !== undefined),
  ispresent: ([value]) => value !== undefined,
  isempty: ([value]) => value === undefined || value === "",
  isblank: ([value]) => value === undefined || textOf(value).trim() === "",
  now: (_values, { now }) => Math.floor(now / 1000),
  tomillis: ofNumber((time) => time),
  frommillis: ofNumber((time) => time),
  datefloor: ([time, step]) => floored(numberOf(time), numberOf(step)),
  dateceil: ([time, step]) => {
    const [at, size] = [numberOf(time), numberOf(step)];
    return at === undefined || !size ? undefined : Math.ceil(at / size) * size;
  },
};

function floored(time: number | undefined, step: number | undefined): Value {
  return time === undefined || !step ? undefined : Math.floor(time / step) * step;
}

/** Whether there is such a function. */
export function isFunction(name: string): boolean {
  return name === "bin" || Object.hasOwn(functions, name);
}

function called(name: string, args: readonly Expression[], row: Row, scope: Scope): Value {
  const values = args.map((arg) => evaluate(arg, row, scope));
  if (name === "bin") return floored(numberOf(row.field("@timestamp")), numberOf(values[0]) ?? 300_000);
  return Object.hasOwn(functions, name) ? functions[name]?.(values, scope) : undefined;
}
