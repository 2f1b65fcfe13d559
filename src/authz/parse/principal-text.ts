/** A value of a `Principal` or `NotPrincipal` element, and where its JSON string stands in the policy's text. */
export interface WrittenPrincipal {
  /** `AWS`, `Service`, `Federated` or `CanonicalUser`. */
  readonly type: string;
  readonly value: string;
  /** Offset of the opening quote. */
  readonly from: number;
  /** Offset after the closing quote. */
  readonly to: number;
}

/** Every value of a typed principal, in the order of the text. A bare `"*"` is none. The text is JSON. */
export function writtenPrincipals(text: string): readonly WrittenPrincipal[] {
  const found: WrittenPrincipal[] = [];
  /** The key at hand in each object that is open, and `undefined` for each open list. */
  const path: (string | undefined)[] = [];
  let string: Omit<WrittenPrincipal, "type"> | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const to = endOfString(text, at);
      string = { value: JSON.parse(text.slice(at, to)) as string, from: at, to };
      at = to - 1;
    } else if (character === "{" || character === "[") path.push(character === "{" ? "" : undefined);
    else if (character === ":") {
      path[path.length - 1] = string?.value ?? "";
      string = undefined;
    } else if (character === "," || character === "}" || character === "]") {
      const type = string === undefined ? undefined : principalType(path);
      if (string !== undefined && type !== undefined) found.push({ type, ...string });
      string = undefined;
      if (character !== ",") path.pop();
    }
  }
  return found;
}

/** The type of the principal whose value stands at a path; `undefined` for any other path. */
function principalType(path: readonly (string | undefined)[]): string | undefined {
  const [statement, element, type, ...deeper] = path.filter((key) => key !== undefined);
  const principal = element === "Principal" || element === "NotPrincipal";
  return statement === "Statement" && principal && deeper.length === 0 ? type : undefined;
}

/** The text with other values in place of its principals; all else stays as it is written. */
export function replacePrincipals(text: string, other: (principal: WrittenPrincipal) => string): string {
  let replaced = "";
  let done = 0;
  for (const principal of writtenPrincipals(text)) {
    replaced += text.slice(done, principal.from) + JSON.stringify(other(principal));
    done = principal.to;
  }
  return replaced + text.slice(done);
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}
