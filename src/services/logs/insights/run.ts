import { setImmediate } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { invalidParameter } from "../faults.ts";
import { aggregate } from "./aggregate.ts";
import type { Column, Command } from "./query.ts";
import { compare, evaluate, type Row, type Scope, textOf, type Value } from "./values.ts";

/** A line of the answer: columns with their values as text; what has no value is left out. */
export type Line = readonly { readonly field: string; readonly value: string }[];

/** What a query finds when it names no columns. */
const defaultColumns = ["@timestamp", "@message"];
const timeColumns: ReadonlySet<string> = new Set(["@timestamp", "@ingestionTime"]);

/** Rows that one step takes: between two of them the process does other things. */
const atOnce = 1000;
/** Milliseconds that one step may take: a pattern that never ends is stopped. */
const stepTime = 500;

/**
 * Does work on all items in steps, each within a time, as a caller's own patterns take part in it.
 * @throws Fault `InvalidParameterException` when a step takes too long.
 */
export async function inSteps<T, R>(items: readonly T[], work: (some: readonly T[]) => R[]): Promise<R[]> {
  const done: R[] = [];
  for (let at = 0; at < items.length; at += atOnce) {
    if (at > 0) await setImmediate();
    for (const one of guarded(() => work(items.slice(at, at + atOnce)))) done.push(one);
  }
  return done;
}

function guarded<T>(work: () => T): T {
  try {
    return withinTime(work);
  } catch (error) {
    if ((error as { readonly code?: string }).code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw invalidParameter("A regular expression of the query takes too long.");
  }
}

/** Runs work within a time. Throws when it takes longer. */
function withinTime<T>(work: () => T): T {
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
export async function finished(
  commands: readonly Command[],
  rows: readonly Row[],
  scope: Scope,
  most: number,
): Promise<readonly Line[]> {
  let now = rows;
  let shown = columnsOf(leading(commands), undefined);
  let ordered = false;
  for (const command of commands.slice(leading(commands).length)) {
    switch (command.kind) {
      case "stats":
        now = await grouped(command.columns, command.by, now, scope);
        shown = [...command.by, ...command.columns].map(({ name }) => name);
        ordered = true;
        break;
      case "sort":
        now = await sorted(now, command.by, scope);
        ordered = true;
        break;
      case "limit":
        if (!ordered) now = await newestFirst(now, scope);
        ordered = true;
        now = now.slice(0, command.most);
        break;
      case "dedup": {
        if (!ordered) now = await newestFirst(now, scope);
        ordered = true;
        const seen = new Set<string>();
        now = await inSteps(now, (some) =>
          some.filter((row) => {
            const key = JSON.stringify(command.fields.map((one) => evaluate(one, row, scope) ?? null));
            return seen.size < seen.add(key).size;
          }),
        );
        break;
      }
      default:
        now = await inSteps(now, (some) => some.flatMap((row) => passed([command], row, scope) ?? []));
        shown = columnsOf([command], shown);
    }
  }
  if (!ordered) now = await newestFirst(now, scope);
  const columns = shown ?? defaultColumns;
  return inSteps(now.slice(0, most), (some) => some.map((row) => lineOf(row, columns)));
}

type Order = (Command & { readonly kind: "sort" })["by"];

/** The rows in an order. What they are ordered by is evaluated once a row. */
async function sorted(rows: readonly Row[], by: Order, scope: Scope): Promise<readonly Row[]> {
  const keyed = await inSteps(rows, (some) =>
    some.map((row) => ({ row, keys: by.map(({ expression }) => evaluate(expression, row, scope)) })),
  );
  keyed.sort((a, b) => {
    for (const [i, { descending }] of by.entries()) {
      const order = compare(a.keys[i], b.keys[i]);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}

function newestFirst(rows: readonly Row[], scope: Scope): Promise<readonly Row[]> {
  return sorted(rows, [{ expression: { kind: "field", name: "@timestamp" }, descending: true }], scope);
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

async function grouped(
  columns: readonly Column[],
  by: readonly Column[],
  rows: readonly Row[],
  scope: Scope,
): Promise<readonly Row[]> {
  interface Group {
    readonly keys: readonly Value[];
    readonly rows: Row[];
  }
  const groups = new Map<string, Group>();
  await inSteps(rows, (some) => {
    for (const row of some) {
      const keys = by.map(({ expression }) => evaluate(expression, row, scope));
      const id = JSON.stringify(keys.map((value) => value ?? null));
      const group = groups.get(id) ?? { keys, rows: [] };
      group.rows.push(row);
      groups.set(id, group);
    }
    return [];
  });
  const lines: Row[] = [];
  for (const group of groups.values()) {
    const made: [string, Value][] = [];
    for (const { name, expression } of columns) {
      const [value] = await inSteps([group], () => [aggregate(expression, group.rows, scope)]);
      made.push([name, value]);
    }
    const keys = by.map(({ name, expression }, i): [string, Value] => {
      const value = group.keys[i];
      const isTime =
        expression.kind === "call" && /^(bin|datefloor|dateceil|frommillis)$/.test(expression.name);
      return [name, isTime && typeof value === "number" ? timeText(value) : value];
    });
    lines.push({ columns: new Map([...keys, ...made]), field: () => undefined });
    if (lines.length % atOnce === 0) await setImmediate();
  }
  return lines;
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
