import type { CompiledPolicy } from "../types.ts";
import { readDocument } from "./document.ts";
import { compileStatement } from "./statement.ts";
import { StatementIndex } from "./statement-index.ts";

/**
 * Compiles a policy document for evaluation. It takes what AWS stores for any kind of policy; whether a document
 * may be stored as one kind is `validatePolicy`'s question.
 * @throws PolicySyntaxError, never anything else, whatever the document
 */
export function compilePolicy(document: string | object): CompiledPolicy {
  const { version, id, statements: written } = readDocument(document);
  const statements = written.map((statement, i) => compileStatement(statement, i, version));
  return { version, ...(id === undefined ? {} : { id }), statements, index: new StatementIndex(statements) };
}

/**
 * The context keys that a policy reads, as it first spells them, sorted; keys that differ in case alone are one
 * (IAM API, `GetContextKeysForCustomPolicy`).
 */
export function contextKeysOf(policy: CompiledPolicy): string[] {
  const spelling = new Map<string, string>();
  for (const key of policy.statements.flatMap((statement) => statement.contextKeys)) {
    const lower = key.toLowerCase();
    if (!spelling.has(lower)) spelling.set(lower, key);
  }
  return [...spelling.values()].sort();
}
