import { checkPolicy } from "../../../src/cli/policy-check.ts";
import { lineNaming } from "./line-naming.ts";
import { referenceFor } from "./reference.ts";

/** What kind of document is edited: a policy of an identity or a resource, a trust policy, or JSON of another kind. */
export type PolicyKind = "managed" | "resource" | "trust" | "json";

/** Something to be put right in a document, and where. */
export interface PlacedFinding {
  readonly level: "error" | "warning";
  readonly message: string;
  /** One-based; absent for the document as a whole. */
  readonly line?: number;
}

/** Holds a document against the grammar and against the Service Authorization Reference, as `roadstead policy` does. */
export async function findingsOf(text: string, kind: PolicyKind): Promise<readonly PlacedFinding[]> {
  if (text.trim() === "") return [];
  const broken = brokenJson(text);
  if (broken !== undefined) return [broken];
  if (kind === "json") return [];
  const findings = checkPolicy(text, kind, await referenceFor(text));
  return findings.map(({ level, message }) => ({ level, message, line: lineNaming(text, message) }));
}

function brokenJson(text: string): PlacedFinding | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, position] = /position (\d+)/.exec(message) ?? [];
    return {
      level: "error",
      message: message.replace(/ at position.*$| in JSON.*$/, ""),
      line: position === undefined ? undefined : text.slice(0, Number(position)).split("\n").length,
    };
  }
}
