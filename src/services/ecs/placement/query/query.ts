import type { Fault } from "../../../../kernel/fault.ts";
import { invalidParameter } from "../../faults.ts";
import { compilePattern, type Pattern, PatternError } from "./pattern.ts";

/**
 * The cluster query language ("Cluster query language", Developer Guide): what `memberOf` constraints and the filter of
 * ListContainerInstances say of a container instance.
 */
export type Query = (subject: QuerySubject) => boolean;

/** A container instance, as queries see it. */
export interface QuerySubject {
  readonly attributes: ReadonlyMap<string, string>;
  readonly agentConnected: boolean;
  readonly agentVersion?: string;
  readonly ec2InstanceId?: string;
  /** Epoch ms. */
  readonly registeredAt: number;
  readonly runningTasksCount: number;
  /** The groups of the tasks on it. */
  readonly taskGroups: ReadonlySet<string>;
}

/** Developer Guide: an expression has at most 2,000 characters. */
const longestExpression = 2000;

/** Reads an expression. Throws `InvalidParameterException`; the texts are ours. */
export function parseQuery(expression: string): Query {
  if (expression.length > longestExpression) {
    throw invalidParameter(`An expression can have at most ${longestExpression} characters.`);
  }
  return new Parser(expression).parse();
}

const operators = {
  "==": "==",
  equals: "==",
  "!=": "!=",
  not_equals: "!=",
  ">=": ">=",
  greater_than_equal: ">=",
  ">": ">",
  greater_than: ">",
  "<=": "<=",
  less_than_equal: "<=",
  "<": "<",
  less_than: "<",
  exists: "exists",
  "!exists": "!exists",
  not_exists: "!exists",
  in: "in",
  "!in": "!in",
  not_in: "!in",
  "=~": "=~",
  matches: "=~",
  "!~": "!~",
  not_matches: "!~",
} as const;

type Operator = (typeof operators)[keyof typeof operators];

/** Operators that say the opposite of another one. */
const negations: Partial<Record<Operator, Operator>> = {
  "!=": "==",
  "!exists": "exists",
  "!in": "in",
  "!~": "=~",
};

/** What a subject of a comparison is: its values, and how two of them compare. */
interface Subject {
  readonly valuesOf: (subject: QuerySubject) => readonly string[];
  readonly compare: (a: string, b: string) => number;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Query {
    const query = this.#or();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#wrong("the end");
    return query;
  }

  #or(): Query {
    let left = this.#and();
    while (this.#word("||") || this.#word("or")) {
      const [a, b] = [left, this.#and()];
      left = (subject) => a(subject) || b(subject);
    }
    return left;
  }

  #and(): Query {
    let left = this.#not();
    while (this.#word("&&") || this.#word("and")) {
      const [a, b] = [left, this.#not()];
      left = (subject) => a(subject) && b(subject);
    }
    return left;
  }

  #not(): Query {
    if (this.#word("!") || this.#word("not")) {
      const query = this.#not();
      return (subject) => !query(subject);
    }
    if (!this.#word("(")) return this.#comparison();
    const query = this.#or();
    if (!this.#word(")")) throw this.#wrong(")");
    return query;
  }

  #comparison(): Query {
    const { valuesOf, compare } = this.#subject();
    const operator = this.#operator();
    const positive = negations[operator] ?? operator;
    const holds = this.#test(positive, compare);
    const query: Query = (subject) => holds(valuesOf(subject));
    return positive === operator ? query : (subject) => !query(subject);
  }

  /** What the values of a subject must meet: one of them is enough. */
  #test(operator: Operator, compare: Subject["compare"]): (values: readonly string[]) => boolean {
    if (operator === "exists") return (values) => values.length > 0;
    if (operator === "in") {
      const list = this.#list();
      return (values) => values.some((value) => list.some((one) => compare(value, one) === 0));
    }
    const argument = this.#argument("argument");
    if (operator === "=~") {
      const pattern = this.#pattern(argument);
      return (values) => values.some((value) => pattern.matches(value));
    }
    const meets = {
      "==": (order: number) => order === 0,
      ">": (order: number) => order > 0,
      ">=": (order: number) => order >= 0,
      "<": (order: number) => order < 0,
      "<=": (order: number) => order <= 0,
    }[operator as "==" | ">" | ">=" | "<" | "<="];
    return (values) => values.some((value) => meets(compare(value, argument)));
  }

  #pattern(source: string): Pattern {
    try {
      return compilePattern(source);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      throw invalidParameter(`Invalid expression: the pattern '${source}' cannot be used: ${error.message}.`);
    }
  }

  #subject(): Subject {
    this.#skipSpace();
    const [name = ""] = /^[A-Za-z0-9]+(?::[^\s()!=<>~,[\]]+)?/.exec(this.#text.slice(this.#at)) ?? [];
    const subject = subjectOf(name);
    if (subject === undefined) {
      throw this.#wrong(
        "agentConnected, agentVersion, attribute:<name>, ec2InstanceId, registeredAt, runningTasksCount or task:group",
      );
    }
    this.#at += name.length;
    return subject;
  }

  #operator(): Operator {
    for (const [word, operator] of Object.entries(operators).sort(([a], [b]) => b.length - a.length)) {
      if (this.#word(word)) return operator;
    }
    throw this.#wrong("an operator");
  }

  #list(): readonly string[] {
    if (!this.#word("[")) throw this.#wrong("[");
    const items = [this.#argument("item")];
    while (this.#word(",")) items.push(this.#argument("item"));
    if (!this.#word("]")) throw this.#wrong("]");
    return items;
  }

  /** A text in quotes, or all up to a space; a `)` ends it unless its `(` is in the text. */
  #argument(kind: "argument" | "item"): string {
    this.#skipSpace();
    const rest = this.#text.slice(this.#at);
    const [quoted, double, single] = /^(?:"([^"]*)"|'([^']*)')/.exec(rest) ?? [];
    if (quoted !== undefined) {
      this.#at += quoted.length;
      return double ?? single ?? "";
    }
    let depth = 0;
    let length = 0;
    for (const character of rest) {
      if (/\s/.test(character) || (kind === "item" && /[,\]]/.test(character))) break;
      if (character === "(") depth++;
      if (character === ")" && depth-- === 0) break;
      length += character.length;
    }
    if (length === 0) throw this.#wrong("a value");
    this.#at += length;
    return rest.slice(0, length);
  }

  /** Takes a word or sign if it comes next; a word must end where it ends. */
  #word(word: string): boolean {
    this.#skipSpace();
    if (!this.#text.startsWith(word, this.#at)) return false;
    const after = this.#text[this.#at + word.length] ?? " ";
    if (/\w$/.test(word) && /\w/.test(after)) return false;
    if (word === "!" && /[=~]/.test(after)) return false;
    this.#at += word.length;
    return true;
  }

  #skipSpace(): void {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }

  #wrong(expected: string): Fault {
    return invalidParameter(
      `Invalid expression '${this.#text}': expected ${expected} at position ${this.#at + 1}.`,
    );
  }
}

const present = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value]);

function subjectOf(name: string): Subject | undefined {
  if (name.startsWith("attribute:")) {
    const attribute = name.slice("attribute:".length);
    return { valuesOf: ({ attributes }) => present(attributes.get(attribute)), compare: compareValues };
  }
  return subjects[name];
}

const subjects: Readonly<Record<string, Subject>> = {
  agentConnected: {
    valuesOf: ({ agentConnected }) => [String(agentConnected)],
    compare: compareTexts,
  },
  agentVersion: { valuesOf: ({ agentVersion }) => present(agentVersion), compare: compareVersions },
  ec2InstanceId: { valuesOf: ({ ec2InstanceId }) => present(ec2InstanceId), compare: compareTexts },
  registeredAt: {
    valuesOf: ({ registeredAt }) => [new Date(registeredAt).toISOString()],
    compare: (a, b) => Date.parse(a) - dateOf(b),
  },
  runningTasksCount: {
    valuesOf: ({ runningTasksCount }) => [String(runningTasksCount)],
    compare: compareValues,
  },
  "task:group": { valuesOf: ({ taskGroups }) => [...taskGroups], compare: compareTexts },
};

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Numbers as numbers, everything else as text. */
function compareValues(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  const numbers = a.trim() !== "" && b.trim() !== "" && Number.isFinite(x) && Number.isFinite(y);
  return numbers ? x - y : compareTexts(a, b);
}

/** `1.14.10` is later than `1.14.5`. */
function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((version) => version.replace(/^v/, "").split(".").map(Number));
  for (let part = 0; part < 3; part++) {
    const difference = (x?.[part] || 0) - (y?.[part] || 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Developer Guide: `2018-06-18T22:28:28+00:00`, the same with `Z`, without a zone (UTC is meant), or a date. */
function dateOf(text: string): number {
  return Date.parse(/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text) ? `${text}Z` : text);
}
