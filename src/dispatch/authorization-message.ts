import type { StatementMatch } from "../authz/types.ts";
import { isJsonObject, type Json } from "../kernel/json.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Verdict } from "./authorise.ts";
import { writtenStatement } from "./statement-text.ts";

/**
 * What sts:DecodeAuthorizationMessage shows of a refused permission, in the shape that AWS gives it (STS API Reference,
 * "DecodeAuthorizationMessage"; IAM User Guide, the example of an encoded authorization failure).
 * @param conditions how many of the request's context keys to show, in their order.
 */
export function authorizationMessage(verdict: Verdict, principal: Principal, conditions = Infinity): Json {
  const { request, decision } = verdict;
  return {
    allowed: decision.allowed,
    explicitDeny: decision.outcome === "explicitDeny",
    matchedStatements: items(decision.deciding.map((match) => shownStatement(verdict, match))),
    failures: items([]),
    context: {
      principal: shownPrincipal(principal, request.principal.arn),
      action: request.action,
      resource: request.resource,
      conditions: items(
        [...request.context]
          .slice(0, conditions)
          .map(([key, values]) => ({ key, values: items(values.map((value) => ({ value }))) })),
      ),
    },
  };
}

function items(list: readonly Json[]): Json {
  return { items: list };
}

function shownPrincipal(principal: Principal, arn: string): Json {
  switch (principal.type) {
    case "Root":
      return { id: principal.account, name: "root", arn };
    case "IAMUser":
      return { id: principal.userId, name: principal.userName, arn };
    case "AssumedRole":
      return { id: `${principal.roleId}:${principal.sessionName}`, name: principal.roleName, arn };
    case "FederatedUser":
      return { id: `${principal.account}:${principal.name}`, name: principal.name, arn };
    case "AWSService":
      return { id: principal.service, name: principal.service, arn };
    case "Anonymous":
      return { id: "ANONYMOUS", name: "ANONYMOUS", arn };
  }
}

/** A deciding statement: what its policy says in that place. */
function shownStatement({ policies }: Verdict, match: StatementMatch): Json {
  const statement = writtenStatement(match, policies);
  const element = (name: string): Json => {
    const value = isJsonObject(statement) ? (statement[name] ?? statement[`Not${name}`]) : undefined;
    return items(texts(value).map((text) => ({ value: text })));
  };
  return {
    statementId: match.sid ?? "",
    effect: match.effect === "Deny" ? "DENY" : "ALLOW",
    principals: element("Principal"),
    principalGroups: items([]),
    actions: element("Action"),
    resources: element("Resource"),
    conditions: items(conditionsOf(statement)),
  };
}

/** The texts of an element: alone, in a list, or by the types of principals. */
function texts(value: Json | undefined): readonly string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap((one: Json) => texts(one));
  return isJsonObject(value) ? Object.values(value).flatMap(texts) : [];
}

function conditionsOf(statement: Json | undefined): readonly Json[] {
  const condition = isJsonObject(statement) ? statement.Condition : undefined;
  if (!isJsonObject(condition)) return [];
  return Object.values(condition)
    .filter(isJsonObject)
    .flatMap((keys) =>
      Object.entries(keys).map(([key, value]) => ({
        key,
        values: items([value].flat().map((one) => ({ value: String(one) }))),
      })),
    );
}
