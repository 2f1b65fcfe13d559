import { Glob } from "../../authz/match/glob.ts";
import { readDocument, type StatementSyntax } from "../../authz/parse/document.ts";
import { serviceNamespaces } from "./service-names.ts";

/**
 * The services (action prefixes, in order) of which a policy allows at least one action. As last-accessed reports see
 * it: resources, conditions and what other statements deny are not looked at (IAM User Guide, "Refine permissions in
 * AWS using last accessed information").
 */
export function servicesGranted(document: string): readonly string[] {
  const { statements } = readDocument(document);
  const granted = new Set(statements.filter(({ effect }) => effect === "Allow").flatMap(servicesOf));
  return [...granted].sort();
}

function servicesOf({ action }: StatementSyntax): readonly string[] {
  if (!action.negated) return action.values.flatMap(servicesMatched);
  const excluded = new Set(action.values.filter((value) => value.endsWith(":*")).flatMap(servicesMatched));
  return action.values.includes("*") ? [] : serviceNamespaces.filter((namespace) => !excluded.has(namespace));
}

/** A prefix without wildcard is itself, whether its service has a name here or not. */
function servicesMatched(pattern: string): readonly string[] {
  const colon = pattern.indexOf(":");
  const prefix = (colon < 0 ? pattern : pattern.slice(0, colon)).toLowerCase();
  if (!/[*?]/.test(prefix)) return [prefix];
  const glob = Glob.of(prefix);
  return serviceNamespaces.filter((namespace) => glob.matches(namespace));
}
