/** A place in a policy document, as the simulator shows it: lines and columns are counted from one. */
export interface Position {
  readonly Line: number;
  readonly Column: number;
}

/** Where a statement begins and ends. */
export interface StatementSpan {
  readonly start: Position;
  readonly end: Position;
}

/**
 * Where the statements of a policy stand in its text, in their order. The text is a policy that was parsed before.
 * AWS: the first statement of a list begins at its brace, a further one at the comma before it, one that is alone after
 * its brace; all end after theirs (the AWS CLI's examples of simulate-custom-policy, and what users recorded).
 */
export function statementSpans(text: string): readonly StatementSpan[] {
  const spans: StatementSpan[] = [];
  const open: { readonly bracket: string; readonly at: number }[] = [];
  let inStatement = false;
  let key = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      // At the top level every string is a key or the value of a key that is not Statement.
      if (open.length === 1) key = text.slice(at + 1, end);
      at = end;
    } else if (character === "{" || character === "[") {
      if (open.length === 1) inStatement = key === "Statement";
      open.push({ bracket: character, at });
    } else if (character === "}" || character === "]") {
      const { bracket = "", at: began = 0 } = open.pop() ?? {};
      const isStatement = open.length === 1 || (open.length === 2 && open[1]?.bracket === "[");
      if (inStatement && bracket === "{" && isStatement) {
        const start = open.length === 1 ? began + 1 : text[began - 1] === "," ? began - 1 : began;
        spans.push({ start: positionOf(text, start), end: positionOf(text, at + 1) });
      }
    }
  }
  return spans;
}

/** Where the string that begins at `from` has its closing quote. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { Line: before.split("\n").length, Column: offset - lineStart + 1 };
}
