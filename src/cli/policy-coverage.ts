import { Glob } from "../authz/match/glob.ts";
import type { PrincipalSyntax, StatementSyntax } from "../authz/parse/document.ts";
import type { Finding } from "./policy-finding.ts";

/**
 * Statements that change nothing: an Allow of which everything is denied by another statement whatever the request,
 * or one that another of the same effect says already.
 */
export function checkCoverage(statements: readonly StatementSyntax[]): readonly Finding[] {
  return statements.flatMap((statement, index): Finding[] => {
    const denied =
      statement.effect === "Allow"
        ? statements.findIndex((other) => other.effect === "Deny" && covers(other, statement))
        : -1;
    if (denied >= 0) {
      const message = `allows nothing: statement ${denied} denies all of it`;
      return [{ level: "error", rule: "unreachable-statement", statement: index, message }];
    }
    const said = statements.findIndex(
      (other, at) =>
        at !== index &&
        other.effect === statement.effect &&
        covers(other, statement) &&
        // Of two that say the same, the second is the one too many.
        (at < index || !covers(statement, other)),
    );
    if (said < 0) return [];
    const message = `says nothing new: statement ${said} covers all of it`;
    return [{ level: "warning", rule: "unreachable-statement", statement: index, message }];
  });
}

/** Whether a statement matches, without conditions, every request that another one matches. */
function covers(wide: StatementSyntax, narrow: StatementSyntax): boolean {
  if (wide.conditions.length > 0 || wide.action.negated || narrow.action.negated) return false;
  if (wide.resource?.negated === true || narrow.resource?.negated === true) return false;
  if ((wide.resource === undefined) !== (narrow.resource === undefined)) return false;
  const lower = (values: readonly string[]) => values.map((value) => value.toLowerCase());
  return (
    coversAll(lower(wide.action.values), lower(narrow.action.values)) &&
    coversAll(wide.resource?.values ?? [], narrow.resource?.values ?? []) &&
    coversPrincipals(wide.principal, narrow.principal)
  );
}

function coversPrincipals(wide: StatementSyntax["principal"], narrow: StatementSyntax["principal"]): boolean {
  if (wide === undefined || narrow === undefined) return wide === narrow;
  if (wide.negated || narrow.negated) return false;
  if (wide.values.some(isEverybody)) return true;
  return narrow.values.every((one) =>
    wide.values.some(({ type, value }) => type === one.type && value === one.value),
  );
}

function isEverybody({ type, value }: PrincipalSyntax): boolean {
  return type === "*" || (type === "AWS" && value === "*");
}

function coversAll(wide: readonly string[], narrow: readonly string[]): boolean {
  const globs = wide.filter((pattern) => !pattern.includes("$")).map((pattern) => Glob.of(pattern));
  return narrow.every(
    (pattern) =>
      wide.includes(pattern) || samples(pattern).every((text) => globs.some((glob) => glob.matches(text))),
  );
}

/**
 * Texts that stand for all that a pattern matches: each star as no text and as a long text that no pattern spells out,
 * each question mark as one such character.
 */
function samples(pattern: string): readonly string[] {
  const one = "\u0001";
  const marked = pattern.replaceAll("?", one).replace(/\$\{[^}]*\}/g, "*");
  return marked.includes("*")
    ? [marked.replaceAll("*", ""), marked.replaceAll("*", one.repeat(64))]
    : [marked];
}
