import { isJsonObject, type Json } from "../../kernel/json.ts";
import { readOperatorName } from "../conditions/condition.ts";

/** A document of which each element is there or not and has a type that the language allows. */
export interface PolicyShape {
  readonly Version?: Json;
  readonly Statement: Json;
}

const elements: Readonly<Record<string, (value: Json) => boolean>> = {
  Sid: isText,
  // Case counts only later: AWS tells a misspelt effect apart from an effect in the wrong case.
  Effect: (value) => typeof value === "string" && /^(allow|deny)$/i.test(value),
  Principal: isPrincipal,
  NotPrincipal: isPrincipal,
  Action: isTextList,
  NotAction: isTextList,
  Resource: isTextList,
  NotResource: isTextList,
  Condition: isConditionBlock,
};

/** Whether a document is what AWS parses without "Syntax errors in policy." (IAM User Guide, "Grammar …"). */
export function hasPolicyShape(value: Json | undefined): value is Json & PolicyShape {
  if (!isJsonObject(value)) return false;
  if (Object.keys(value).some((name) => name !== "Version" && name !== "Id" && name !== "Statement"))
    return false;
  const { Version: version, Id: id, Statement: statement } = value;
  if (version !== undefined && version !== "2012-10-17" && version !== "2008-10-17") return false;
  if (id !== undefined && typeof id !== "string") return false;
  const statements = Array.isArray(statement) ? statement : [statement];
  return statements.length > 0 && statements.every(isStatement);
}

function isStatement(value: Json | undefined): boolean {
  if (!isJsonObject(value) || !("Effect" in value)) return false;
  if (["Action", "Resource", "Principal"].some((name) => name in value && `Not${name}` in value))
    return false;
  return Object.entries(value).every(
    ([name, element]) => Object.hasOwn(elements, name) && elements[name]?.(element),
  );
}

function isText(value: Json): boolean {
  return typeof value === "string";
}

function isTextList(value: Json): boolean {
  return Array.isArray(value) ? value.every(isText) : isText(value);
}

function isPrincipal(value: Json): boolean {
  if (value === "*") return true;
  return (
    isJsonObject(value) &&
    Object.entries(value).every(([type, list]) => isPrincipalType(type) && isTextList(list))
  );
}

function isPrincipalType(type: string): boolean {
  return type === "AWS" || type === "Service" || type === "Federated" || type === "CanonicalUser";
}

/** AWS: an operator that does not exist is let through when its block is empty. */
function isConditionBlock(value: Json): boolean {
  if (!isJsonObject(value)) return false;
  return Object.entries(value).every(
    ([operator, keys]) =>
      isJsonObject(keys) &&
      Object.values(keys).every(isScalarList) &&
      (readOperatorName(operator) !== undefined || Object.keys(keys).length === 0),
  );
}

function isScalarList(value: Json): boolean {
  return (Array.isArray(value) ? value : [value]).every(
    (item: Json) => typeof item === "string" || typeof item === "boolean" || typeof item === "number",
  );
}

/** Whether two statements share a `Sid`; empty ones do not count. */
export function hasDuplicateSids(statements: readonly { readonly [key: string]: Json }[]): boolean {
  const sids = statements
    .map((statement) => statement.Sid)
    .filter((sid) => typeof sid === "string" && sid !== "");
  return new Set(sids).size !== sids.length;
}
