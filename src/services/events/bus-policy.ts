import type { Condition } from "@aws-sdk/client-eventbridge";
import { validatePolicy } from "../../authz/parse/validate.ts";
import { keepPrincipals, type PrincipalRegister } from "../../dispatch/policy-principals.ts";
import { rootArn } from "../../kernel/arn.ts";
import type { AccountId } from "../../kernel/brand.ts";
import type { Json } from "../../kernel/json.ts";
import type { Rows } from "../../store/types.ts";
import { type BusKey, busArn } from "./arn.ts";
import { invalid } from "./faults.ts";

/** A bus's policy as it is kept: statements, each with a `Sid` of its own where PutPermission made it. */
interface BusPolicy {
  readonly Version: string;
  readonly Statement: readonly { readonly [key: string]: Json }[];
}

/** What PutPermission adds. */
export interface Permission {
  readonly statementId: string;
  readonly action: string;
  /** An account, or `*`. */
  readonly principal: string;
  readonly condition?: Condition;
}

/** EventBridge quotas: characters of a bus's policy. */
const longest = 10_240;

/** A whole policy as it is kept: with users and roles by their unique ids. Throws `ValidationException`. */
export async function keptPolicy(rows: Rows, principals: PrincipalRegister, text: string): Promise<string> {
  const kept = await keepPrincipals(rows, principals, wholePolicy(text));
  if ("document" in kept) return kept.document;
  throw invalid(`Parameter Policy is not valid. Reason: the principal ${kept.invalid} does not exist.`);
}

/** A policy as the caller wrote it. Throws `ValidationException`; the text is ours. */
function wholePolicy(text: string): string {
  if (text.length > longest || validatePolicy(text, "resource").length > 0) {
    throw invalid("Parameter Policy is not valid. Reason: the policy document is malformed.");
  }
  return text;
}

/** The policy with one statement more, or another one of that id. Throws `ValidationException`. */
export function withPermission(policy: string | undefined, bus: BusKey, permission: Permission): string {
  const { statementId: Sid, action, principal, condition } = permission;
  if (action !== "events:PutEvents") {
    // AWS: API Reference, "PutPermission": the only value that is supported.
    throw invalid("Parameter Action is not valid. Reason: only events:PutEvents is supported.");
  }
  const statement = {
    Sid,
    Effect: "Allow",
    Principal: principal === "*" ? "*" : { AWS: rootArn(principal as AccountId) as string },
    Action: action,
    Resource: busArn(bus) as string,
    ...(condition !== undefined && {
      Condition: { [condition.Type ?? ""]: { [condition.Key ?? ""]: condition.Value ?? "" } },
    }),
  };
  const kept = statementsOf(policy).filter((one) => one.Sid !== Sid);
  return wholePolicy(JSON.stringify({ Version: "2012-10-17", Statement: [...kept, statement] }));
}

/** The policy without a statement: `undefined` when none is left, `"unknown"` when there is none of that id. */
export function withoutPermission(policy: string | undefined, sid: string): string | "unknown" | undefined {
  const statements = statementsOf(policy);
  const kept = statements.filter((one) => one.Sid !== sid);
  if (kept.length === statements.length) return "unknown";
  return kept.length === 0 ? undefined : JSON.stringify({ Version: "2012-10-17", Statement: kept });
}

function statementsOf(policy: string | undefined): BusPolicy["Statement"] {
  if (policy === undefined) return [];
  const { Statement } = JSON.parse(policy) as { readonly Statement: BusPolicy["Statement"] };
  return Array.isArray(Statement) ? Statement : [Statement as unknown as BusPolicy["Statement"][number]];
}
