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

/** The context keys, lower-cased and sorted, that a policy reads (IAM API, `GetContextKeysForCustomPolicy`). */
export function contextKeysOf(policy: CompiledPolicy): string[] {
  return [...new Set(policy.statements.flatMap((statement) => statement.contextKeys))].sort();
}
