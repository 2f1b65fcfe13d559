import { runInNewContext } from "node:vm";
import { aggregate } from "./aggregate.ts";
import type { Column, Command } from "./query.ts";
import { compare, evaluate, type Row, type Scope, textOf, type Value } from "./values.ts";

/** A line of the answer: columns with their values as text; what has no value is left out. */
export type Line = readonly { readonly field: string; readonly value: string }[];

/** What a query finds when it names no columns. */
const defaultColumns = ["@timestamp", "@message"];
const timeColumns: ReadonlySet<string> = new Set(["@timestamp", "@ingestionTime"]);

/** Milliseconds that one step over a thousand or so rows may take: a pattern that never ends is stopped. */
const stepTime = 2000;

/** Runs work that a caller's own patterns take part in, within a time. Throws when it takes longer. */
export function withinTime<T>(work: () => T): T {
  let done: { readonly result: T } | undefined;
  runInNewContext("work()", { work: () => (done = { result: work() }) }, { timeout: stepTime });
  if (done === undefined) throw new Error("the work was not done");
  return done.result;
}

/** The commands that look at each event by itself, which come first. */
export function leading(commands: readonly Command[]): readonly Command[] {
  const end = commands.findIndex(({ kind }) => !["fields", "display", "filter", "parse"].includes(kind));
  return end < 0 ? commands : commands.slice(0, end);
}

/** A row after commands that look at it by itself; `undefined` when one of them filters it out. */
export function passed(commands: readonly Command[], row: Row, scope: Scope): Row | undefined {
  let now = row;
  for (const command of commands) {
    switch (command.kind) {
      case "filter": {
        const value = evaluate(command.condition, now, scope);
        if (value === undefined || value === false || value === 0 || value === "") return undefined;
        break;
      }
      case "parse": {
        const found = command.pattern.exec(textOf(evaluate(command.of, now, scope)));
        const values = command.names.map((name, i): [string, Value] => [
          name,
          found?.groups?.[name] ?? found?.[i + 1],
        ]);
        now = withColumns(now, values);
        break;
      }
      case "fields":
      case "display": {
        const before = now;
        const made = command.columns.map(({ name, expression }): [string, Value] => [
          name,
          evaluate(expression, before, scope),
        ]);
        now = withColumns(now, made);
        break;
      }
    }
  }
  return now;
}

function withColumns(row: Row, made: readonly (readonly [string, Value])[]): Row {
  return { columns: new Map([...row.columns, ...made]), field: (name) => row.field(name) };
}

/** What the commands after the leading ones make of the rows, as the lines of the answer. */
export function finished(
  commands: readonly Command[],
  rows: readonly Row[],
  scope: Scope,
  most: number,
): readonly Line[] {
  let now = rows;
  let shown = columnsOf(leading(commands), undefined);
  let ordered = false;
  for (const command of commands.slice(leading(commands).length)) {
    switch (command.kind) {
      case "stats":
        now = grouped(command.columns, command.by, now, scope);
        shown = [...command.by, ...command.columns].map(({ name }) => name);
        ordered = true;
        break;
      case "sort":
        now = [...now].sort((a, b) => {
          for (const { expression, descending } of command.by) {
            const order = compare(evaluate(expression, a, scope), evaluate(expression, b, scope));
            if (order !== 0) return descending ? -order : order;
          }
          return 0;
        });
        ordered = true;
        break;
      case "limit":
        if (!ordered) now = newestFirst(now);
        ordered = true;
        now = now.slice(0, command.most);
        break;
      case "dedup": {
        const seen = new Set<string>();
        if (!ordered) now = newestFirst(now);
        ordered = true;
        now = now.filter((row) => {
          const key = JSON.stringify(command.fields.map((one) => evaluate(one, row, scope) ?? null));
          return seen.size < seen.add(key).size;
        });
        break;
      }
      default:
        now = now.flatMap((row) => passed([command], row, scope) ?? []);
        shown = columnsOf([command], shown);
    }
  }
  if (!ordered) now = newestFirst(now);
  return now.slice(0, most).map((row) => lineOf(row, shown ?? defaultColumns));
}

function newestFirst(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort((a, b) => compare(b.field("@timestamp"), a.field("@timestamp")));
}

/** The columns of the answer: `fields` adds to them, `display` says all of them. */
function columnsOf(
  commands: readonly Command[],
  before: readonly string[] | undefined,
): readonly string[] | undefined {
  let shown = before;
  for (const command of commands) {
    if (command.kind !== "fields" && command.kind !== "display") continue;
    const names = command.columns.map(({ name }) => name);
    shown = command.kind === "display" ? names : [...new Set([...(shown ?? []), ...names])];
  }
  return shown;
}

function grouped(
  columns: readonly Column[],
  by: readonly Column[],
  rows: readonly Row[],
  scope: Scope,
): readonly Row[] {
  const groups = new Map<
    string,
    { readonly keys: readonly (readonly [string, Value])[]; readonly rows: Row[] }
  >();
  for (const row of rows) {
    const keys = by.map(({ name, expression }) => [name, evaluate(expression, row, scope)] as const);
    const id = JSON.stringify(keys.map(([, value]) => value ?? null));
    const group = groups.get(id) ?? { keys, rows: [] };
    group.rows.push(row);
    groups.set(id, group);
  }
  return [...groups.values()].map((group) => {
    const made = columns.map(({ name, expression }): [string, Value] => [
      name,
      aggregate(expression, group.rows, scope),
    ]);
    const keys = by.map(({ name, expression }, i): [string, Value] => {
      const value = group.keys[i]?.[1];
      const isTime =
        expression.kind === "call" && /^(bin|datefloor|dateceil|frommillis)$/.test(expression.name);
      return [name, isTime && typeof value === "number" ? timeText(value) : value];
    });
    return { columns: new Map([...keys, ...made]), field: () => undefined };
  });
}

function lineOf(row: Row, shown: readonly string[]): Line {
  const pointer = row.field("@ptr");
  const names = pointer === undefined || shown.includes("@ptr") ? shown : [...shown, "@ptr"];
  return names.flatMap((field) => {
    const value = row.columns.has(field) ? row.columns.get(field) : row.field(field);
    if (value === undefined) return [];
    const isTime = timeColumns.has(field) && typeof value === "number";
    return [{ field, value: isTime ? timeText(value) : valueText(value) }];
  });
}

/** AWS: `2026-09-16 13:02:38.000`. */
function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().replace("T", " ").replace("Z", "");
}

function valueText(value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "string" || Number.isInteger(value)) return String(value);
  return String(Number(value.toFixed(4)));
}
