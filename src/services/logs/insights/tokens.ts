import { malformed } from "./malformed.ts";

/** A piece of a query. Of a quoted text and a regular expression, what is between the marks. */
export interface Token {
  readonly kind: "word" | "field" | "text" | "regex" | "number" | "duration" | "mark";
  readonly text: string;
  /** Where it begins in the query, and where it has ended. */
  readonly at: number;
  readonly end: number;
}

const marks = [
  "!=",
  "<=",
  ">=",
  "=~",
  "|",
  "(",
  ")",
  "[",
  "]",
  ",",
  "=",
  "<",
  ">",
  "+",
  "-",
  "*",
  "/",
  "%",
  "^",
];

/** Whether a slash divides here: it follows an operand, but for the field that `parse` names. Else it opens an expression. */
function endsOperand(tokens: readonly Token[]): boolean {
  const token = tokens.at(-1);
  const before = tokens.at(-2);
  if (token === undefined || (before?.kind === "word" && before.text.toLowerCase() === "parse")) return false;
  if (token.kind === "mark") return token.text === ")" || token.text === "]";
  return token.kind !== "word" || !/^(like|parse|and|or|not|filter)$/i.test(token.text);
}

/**
 * Splits a query ("CloudWatch Logs Insights language query syntax", User Guide). `#` begins a comment up to the end of
 * its line. Throws `MalformedQueryException`.
 */
export function tokensOf(query: string): readonly Token[] {
  const tokens: Token[] = [];
  let i = 0;
  const push = (kind: Token["kind"], text: string, to: number) => {
    tokens.push({ kind, text, at: i, end: to });
    i = to;
  };
  while (i < query.length) {
    const rest = query.slice(i);
    const c = query[i] ?? "";
    const blank = /^(?:\s+|#[^\n]*)+/.exec(rest)?.[0];
    if (blank !== undefined) {
      i += blank.length;
    } else if (c === '"' || c === "'") {
      const end = closing(query, i, c);
      push("text", unescaped(query.slice(i + 1, end)), end + 1);
    } else if (c === "`") {
      const end = closing(query, i, c);
      push("field", query.slice(i + 1, end), end + 1);
    } else if (c === "/" && !endsOperand(tokens)) {
      const end = closing(query, i, c);
      push("regex", query.slice(i + 1, end), end + 1);
    } else {
      const duration = /^\d+(?:ms|mo|[smhdwqy])(?![\w.])/.exec(rest)?.[0];
      const number = /^\d+(?:\.\d+)?(?![\w])/.exec(rest)?.[0];
      const word = /^[@a-zA-Z_][\w.@$:-]*/.exec(rest)?.[0];
      const mark = marks.find((one) => rest.startsWith(one));
      if (duration !== undefined) push("duration", duration, i + duration.length);
      else if (number !== undefined) push("number", number, i + number.length);
      else if (word !== undefined) push("word", word, i + word.length);
      else if (mark !== undefined) push("mark", mark, i + mark.length);
      else throw malformed(`unexpected symbol found ${c}`, i);
    }
  }
  return tokens;
}

function closing(query: string, from: number, mark: string): number {
  for (let i = from + 1; i < query.length; i++) {
    if (query[i] === "\\") i++;
    else if (query[i] === mark) return i;
  }
  throw malformed(`a ${mark} is not closed`, from);
}

function unescaped(text: string): string {
  return text.replace(/\\(["'\\])/g, "$1");
}
