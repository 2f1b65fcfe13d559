/** An expression that cannot be read or computed, with the reason. */
export class MathError extends Error {}

export type Token =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "name"; readonly value: string }
  | { readonly kind: "sign"; readonly value: string };

const pattern =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([A-Za-z_][A-Za-z0-9_]*)|(&&|\|\||==|!=|<=|>=|[-+*/^<>(),[\]]))/y;

/** Cuts an expression of metric math into tokens. @throws MathError */
export function tokensOf(text: string): readonly Token[] {
  const end = text.trimEnd().length;
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex;
    const found = pattern.exec(text);
    if (found === null)
      throw new MathError(`unexpected ${JSON.stringify(text.slice(from).trim().slice(0, 20))}`);
    const [, number, double, single, name, sign] = found;
    if (number !== undefined) tokens.push({ kind: "number", value: Number(number) });
    else if (name !== undefined) tokens.push({ kind: "name", value: name });
    else if (sign !== undefined) tokens.push({ kind: "sign", value: sign });
    else tokens.push({ kind: "text", value: (double ?? single ?? "").replace(/\\(.)/g, "$1") });
  }
  return tokens;
}
