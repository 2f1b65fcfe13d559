import { readDocument } from "../../authz/parse/document.ts";
import { PolicySyntaxError } from "../../authz/parse/syntax-error.ts";
import { Fault } from "../../kernel/fault.ts";

/**
 * The context keys that policies read, in conditions and through variables: lower case to the spelling in which they
 * first stand. Keys ignore case, but answers repeat them as they were written.
 * @throws InvalidInput for a policy that does not parse.
 */
export function contextKeySpellings(documents: readonly string[]): ReadonlyMap<string, string> {
  const spellings = new Map<string, string>();
  for (const key of documents.flatMap(keysOf)) {
    if (!spellings.has(key.toLowerCase())) spellings.set(key.toLowerCase(), key);
  }
  return spellings;
}

function keysOf(document: string): readonly string[] {
  try {
    return readDocument(document).statements.flatMap(({ conditions, resource }) => [
      ...conditions.map(({ key }) => key),
      ...[...(resource?.values ?? []), ...conditions.flatMap(({ values }) => values)].flatMap(variablesIn),
    ]);
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw new Fault("InvalidInput", error.message);
  }
}

/** `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`; `${*}`, `${?}` and `${$}` are characters, not keys. */
function variablesIn(text: string): readonly string[] {
  return [...text.matchAll(/\$\{\s*([^},\s*?$][^},]*?)\s*(?:,[^}]*)?\}/g)].map(([, key = ""]) => key);
}
