import { malformed } from "./malformed.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** An expression of a query. */
export type Expression =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "constant"; readonly value: string | number }
  | { readonly kind: "regex"; readonly pattern: RegExp }
  | { readonly kind: "duration"; readonly ms: number }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: "not"; readonly of: Expression }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    };

/** An expression with the column that it is shown as. */
export interface Column {
  readonly name: string;
  readonly expression: Expression;
}

/** What a query does, one step after the other. */
export type Command =
  | { readonly kind: "fields" | "display"; readonly columns: readonly Column[] }
  | { readonly kind: "filter"; readonly condition: Expression }
  | { readonly kind: "stats"; readonly columns: readonly Column[]; readonly by: readonly Column[] }
  | {
      readonly kind: "sort";
      readonly by: readonly { readonly expression: Expression; readonly descending: boolean }[];
    }
  | { readonly kind: "limit"; readonly most: number }
  | { readonly kind: "dedup"; readonly fields: readonly Expression[] }
  | {
      readonly kind: "parse";
      readonly of: Expression;
      readonly pattern: RegExp;
      readonly names: readonly string[];
    };

/** Logs quotas: characters of a query, and what Insights answers at most. */
const longestQuery = 10_000;
const mostRows = 10_000;
const deepest = 32;

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Reads a query. Throws `MalformedQueryException`. */
export function readQuery(text: string): readonly Command[] {
  if (text.length > longestQuery) throw malformed("the query is too long", longestQuery);
  return new QueryReader(text).commands();
}

class QueryReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokensOf(text);
  }

  commands(): readonly Command[] {
    const commands: Command[] = [];
    // A query may begin with a bar.
    this.#take("|");
    while (this.#next < this.#tokens.length) {
      commands.push(this.#command());
      if (this.#next < this.#tokens.length) this.#need("|");
    }
    if (commands.length === 0) throw malformed("the query is empty", 0);
    return commands;
  }

  #command(): Command {
    const token = this.#advance();
    switch (token.text.toLowerCase()) {
      case "fields":
        return { kind: "fields", columns: this.#columns() };
      case "display":
        return { kind: "display", columns: this.#columns() };
      case "filter":
      case "where":
        return { kind: "filter", condition: this.#expression() };
      case "stats": {
        const columns = this.#columns();
        return { kind: "stats", columns, by: this.#takeWord("by") ? this.#columns() : [] };
      }
      case "sort":
        return { kind: "sort", by: this.#orders() };
      case "limit":
      case "head":
      case "tail":
        return { kind: "limit", most: this.#count() };
      case "dedup":
        return { kind: "dedup", fields: this.#listOf(() => this.#operand()) };
      case "parse":
        return this.#parse();
      default:
        throw malformed(`unknown command ${token.text.slice(0, 64)}`, token.at);
    }
  }

  #count(): number {
    const token = this.#advance();
    const most = Number(token.text);
    if (token.kind !== "number" || !Number.isInteger(most) || most < 1 || most > mostRows) {
      throw malformed(`a limit is a number from 1 to ${mostRows}`, token.at);
    }
    return most;
  }

  #columns(): readonly Column[] {
    return this.#listOf(() => {
      const from = this.#here();
      const expression = this.#expression();
      const written = this.#text.slice(from, this.#previousEnd());
      return { name: this.#takeWord("as") ? this.#name() : written.replaceAll("`", ""), expression };
    });
  }

  #orders() {
    return this.#listOf(() => {
      const expression = this.#expression();
      const descending = this.#takeWord("desc");
      if (!descending) this.#takeWord("asc");
      return { expression, descending };
    });
  }

  /** `parse @message "user * from *" as user, address`, or with named groups of a regular expression. */
  #parse(): Command {
    const following = this.#tokens[this.#next];
    // AWS: what is parsed is the message, unless a field is named.
    const implicit = following?.kind === "text" || following?.kind === "regex";
    const of: Expression = implicit ? { kind: "field", name: "@message" } : this.#operand();
    const token = this.#advance();
    if (token.kind === "regex") {
      const pattern = this.#regex(token);
      const names = [...token.text.matchAll(/\(\?<(\w+)>/g)].map(([, name]) => name ?? "");
      if (names.length === 0)
        throw malformed("a regular expression to parse by needs named groups", token.at);
      return { kind: "parse", of, pattern, names };
    }
    if (token.kind !== "text") throw malformed("parse needs a text or a regular expression", token.at);
    if (!this.#takeWord("as")) throw malformed("parse needs names: as a, b", this.#here());
    const names = this.#listOf(() => this.#name());
    const parts = token.text.split("*");
    if (names.length !== parts.length - 1) {
      throw malformed(`${parts.length - 1} wildcards for ${names.length} names`, token.at);
    }
    return { kind: "parse", of, pattern: globPattern(parts), names };
  }

  #listOf<T>(read: () => T): readonly T[] {
    const items = [read()];
    while (this.#take(",")) items.push(read());
    return items;
  }

  #expression(): Expression {
    if (++this.#depth > deepest) throw malformed("the expression is nested too deep", this.#here());
    let left = this.#conjunction();
    while (this.#takeWord("or")) left = binary("or", left, this.#conjunction());
    this.#depth--;
    return left;
  }

  #conjunction(): Expression {
    let left = this.#negation();
    while (this.#takeWord("and")) left = binary("and", left, this.#negation());
    return left;
  }

  #negation(): Expression {
    if (++this.#depth > deepest) throw malformed("the expression is nested too deep", this.#here());
    const read: Expression = this.#takeWord("not")
      ? { kind: "not", of: this.#negation() }
      : this.#comparison();
    this.#depth--;
    return read;
  }

  #comparison(): Expression {
    const left = this.#sum();
    for (const operator of ["=", "!=", "<=", ">=", "<", ">"]) {
      if (this.#take(operator)) return binary(operator, left, this.#sum());
    }
    if (this.#take("=~")) return binary("like", left, this.#operand());
    const negated = this.#peekWord("not") && this.#takeWord("not");
    const wrap = (read: Expression): Expression => (negated ? { kind: "not", of: read } : read);
    if (this.#takeWord("like")) return wrap(binary("like", left, this.#operand()));
    if (this.#takeWord("in")) {
      this.#need("[");
      const items = this.#take("]") ? [] : this.#listOf(() => this.#sum());
      if (items.length > 0) this.#need("]");
      return wrap(binary("in", left, { kind: "list", items }));
    }
    if (negated) throw malformed("not is followed by like or in here", this.#here());
    return left;
  }

  #sum(): Expression {
    let left = this.#product();
    for (;;) {
      if (this.#take("+")) left = binary("+", left, this.#product());
      else if (this.#take("-")) left = binary("-", left, this.#product());
      else return left;
    }
  }

  #product(): Expression {
    let left = this.#operand();
    for (;;) {
      const operator = ["*", "/", "%", "^"].find((one) => this.#take(one));
      if (operator === undefined) return left;
      left = binary(operator, left, this.#operand());
    }
  }

  #operand(): Expression {
    const token = this.#advance();
    switch (token.kind) {
      case "text":
        return { kind: "constant", value: token.text };
      case "number":
        return { kind: "constant", value: Number(token.text) };
      case "regex":
        return { kind: "regex", pattern: this.#regex(token) };
      case "duration":
        return { kind: "duration", ms: durationOf(token) };
      case "field":
        return { kind: "field", name: token.text };
      case "word":
        return this.#take("(") ? this.#call(token) : { kind: "field", name: token.text };
      case "mark":
        break;
    }
    if (token.text === "(") {
      const inner = this.#expression();
      this.#need(")");
      return inner;
    }
    if (token.text === "-") {
      if (++this.#depth > deepest) throw malformed("the expression is nested too deep", token.at);
      const negative = binary("-", { kind: "constant", value: 0 }, this.#operand());
      this.#depth--;
      return negative;
    }
    throw malformed(`unexpected symbol found ${token.text}`, token.at);
  }

  #call(token: Token): Expression {
    const name = token.text.toLowerCase();
    if (this.#take(")")) return { kind: "call", name, args: [] };
    if (this.#take("*")) {
      this.#need(")");
      return { kind: "call", name, args: [] };
    }
    const args = this.#listOf(() => this.#expression());
    this.#need(")");
    return { kind: "call", name, args };
  }

  #regex(token: Token): RegExp {
    const [, inline = "", source = ""] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(token.text) ?? [];
    try {
      return new RegExp(source.replaceAll("\\/", "/"), inline);
    } catch {
      throw malformed("the regular expression is not valid", token.at);
    }
  }

  #name(): string {
    const token = this.#advance();
    if (token.kind === "word" || token.kind === "field" || token.kind === "text") return token.text;
    throw malformed("a name is expected", token.at);
  }

  #advance(): Token {
    const token = this.#tokens[this.#next];
    if (token === undefined) throw malformed("the query ends too early", this.#text.length);
    this.#next++;
    return token;
  }

  #take(mark: string): boolean {
    const token = this.#tokens[this.#next];
    if (token?.kind !== "mark" || token.text !== mark) return false;
    this.#next++;
    return true;
  }

  #need(mark: string): void {
    if (!this.#take(mark)) throw malformed(`${mark} is expected`, this.#here());
  }

  #peekWord(word: string): boolean {
    const token = this.#tokens[this.#next];
    return token?.kind === "word" && token.text.toLowerCase() === word;
  }

  #takeWord(word: string): boolean {
    if (!this.#peekWord(word)) return false;
    this.#next++;
    return true;
  }

  #here(): number {
    return this.#tokens[this.#next]?.at ?? this.#text.length;
  }

  /** Where what was read last ends. */
  #previousEnd(): number {
    return this.#tokens[this.#next - 1]?.end ?? 0;
  }
}

function binary(operator: string, left: Expression, right: Expression): Expression {
  return { kind: "binary", operator, left, right };
}

function durationOf({ text, at }: Token): number {
  const [, count, unit = ""] = /^(\d+)([a-z]+)$/.exec(text) ?? [];
  const ms = Number(count) * (units[unit] ?? Number.NaN);
  if (!Number.isSafeInteger(ms) || ms === 0) throw malformed(`${text} is no duration`, at);
  return ms;
}

/** What stands for each `*`, as little as possible of it, and all of the rest for the last. */
function globPattern(parts: readonly string[]): RegExp {
  const escaped = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/\s+/g, "\\s+"));
  const last = escaped.length - 1;
  const source = escaped.map((part, i) =>
    i === 0 ? part : `${i === last && part === "" ? "(.*)" : "(.*?)"}${part}`,
  );
  return new RegExp(source.join(""), "s");
}
