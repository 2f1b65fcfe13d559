/** One place of a pattern: a character, any one character (`?`), or any text (`*`), perhaps without colons. */
type Token = string | typeof anyOne | typeof anyText | typeof anyField;
const anyOne = Symbol("?");
const anyText = Symbol("*");
/** What a variable among the first five fields of an ARN stands for: text without colons. */
const anyField = Symbol("field");

/**
 * Whether some text matches both a resource of a policy (`*`, `?`, and variables, which may become anything) and the
 * ARN of a resource type as the Service Authorization Reference writes it (`${Account}`).
 *
 * INVARIANT: the cost is the product of the two lengths for any patterns.
 */
export function mayNameResource(pattern: string, template: string): boolean {
  return overlap(patternTokens(pattern), templateTokens(template));
}

function patternTokens(pattern: string): Token[] {
  const text = pattern.replace(/\$\{([*?$])\}/g, "\u0000$1").replace(/\$\{[^}]*\}/g, "*");
  const tokens: Token[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === "\u0000") tokens.push(text.charAt(++i));
    else tokens.push(c === "*" ? anyText : c === "?" ? anyOne : c);
  }
  return tokens;
}

function templateTokens(template: string): Token[] {
  let colons = 0;
  return template.split(/(\$\{[^}]*\})/).flatMap((part): Token[] => {
    if (part.startsWith("${")) return [colons < 5 ? anyField : anyText];
    colons += part.split(":").length - 1;
    return part.split("").map((c) => (c === "*" ? anyText : c));
  });
}

/** Fills, from the end, which pairs of rests have a text in common; one row is kept. */
function overlap(a: readonly Token[], b: readonly Token[]): boolean {
  let below: boolean[] = [];
  for (let i = a.length; i >= 0; i--) {
    const row: boolean[] = new Array(b.length + 1).fill(false);
    for (let j = b.length; j >= 0; j--) {
      const x = a[i];
      const y = b[j];
      row[j] =
        (x === undefined && y === undefined) ||
        (isMany(x) && (below[j] === true || (takes(x, y) && row[j + 1] === true))) ||
        (isMany(y) && (row[j + 1] === true || (takes(y, x) && below[j] === true))) ||
        (isOne(x) && isOne(y) && (x === y || x === anyOne || y === anyOne) && below[j + 1] === true);
    }
    below = row;
  }
  return below[0] === true;
}

function isMany(token: Token | undefined): boolean {
  return token === anyText || token === anyField;
}

function isOne(token: Token | undefined): boolean {
  return token !== undefined && !isMany(token);
}

function takes(many: Token | undefined, one: Token | undefined): boolean {
  return isOne(one) && (many === anyText || one !== ":");
}
