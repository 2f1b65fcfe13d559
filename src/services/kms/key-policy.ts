import { evaluate } from "../../authz/evaluate.ts";
import { compilePolicy } from "../../authz/parse/compile.ts";
import { validatePolicy } from "../../authz/parse/validate.ts";
import { requestPrincipal } from "../../authz/request-principal.ts";
import type { CallContext } from "../../dispatch/context.ts";
import { keepPrincipals, type PrincipalRegister, showPrincipals } from "../../dispatch/policy-principals.ts";
import { rootArn } from "../../kernel/arn.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows } from "../../store/types.ts";
import { type KeyRef, keyArn } from "./arn.ts";

/** The policy of a key that is made without one (KMS Developer Guide, "Default key policy"). */
export function defaultKeyPolicy(account: AccountId): string {
  return JSON.stringify(
    {
      Version: "2012-10-17",
      Id: "key-default-1",
      Statement: [
        {
          Sid: "Enable IAM User Permissions",
          Effect: "Allow",
          Principal: { AWS: rootArn(account) },
          Action: "kms:*",
          Resource: "*",
        },
      ],
    },
    null,
    2,
  );
}

const longestPolicy = 32_768;

/**
 * Checks a key policy and gives it as it is kept: with users and roles by their unique ids.
 * @param bypass whether the caller may shut itself out.
 * @throws Fault `MalformedPolicyDocumentException`, also for a principal that is not there; `LimitExceededException`.
 */
export async function keptKeyPolicy(
  rows: Rows,
  principals: PrincipalRegister,
  text: string,
  key: KeyRef,
  bypass: boolean,
  ctx: CallContext,
): Promise<string> {
  checkKeyPolicy(text, key, bypass, ctx);
  const kept = await keepPrincipals(rows, principals, text);
  if ("invalid" in kept) throw malformed("Policy contains a statement with one or more invalid principals.");
  return kept.document;
}

/** A key policy as answers show it: users and roles by their ARNs, those that are gone by their ids. */
export async function shownKeyPolicy(
  rows: Rows,
  principals: PrincipalRegister,
  policy: string,
): Promise<string> {
  const [shown = policy] = await showPrincipals(rows, principals, [policy]);
  return shown;
}

function checkKeyPolicy(text: string, key: KeyRef, bypass: boolean, ctx: CallContext): void {
  if (Buffer.byteLength(text) > longestPolicy) {
    throw new Fault("LimitExceededException", `A key policy can't be larger than ${longestPolicy} bytes.`);
  }
  const [problem] = validatePolicy(text, "resource");
  if (problem !== undefined) throw malformed(problem);
  if (!bypass && !letsChangeAgain(text, key, ctx)) {
    throw malformed("The new key policy will not allow you to update the key policy in the future.");
  }
}

function malformed(message: string): Fault {
  return new Fault("MalformedPolicyDocumentException", message);
}

/** Whether the policy allows the caller PutKeyPolicy, itself or by what it passes on to the account. */
function letsChangeAgain(policy: string, key: KeyRef, ctx: CallContext): boolean {
  const resource = keyArn(key);
  const everything = { Effect: "Allow", Action: "*", Resource: "*" };
  const identity = compilePolicy({ Version: "2012-10-17", Statement: [everything] });
  const principal = requestPrincipal(ctx.principal);
  const request = {
    principal,
    action: "kms:PutKeyPolicy",
    resource,
    resourceAccount: key.account,
    context: new Map<string, readonly string[]>([
      ["aws:principalarn", [principal.roleArn ?? principal.arn]],
      ["aws:principalaccount", [ctx.account]],
      ["kms:calleraccount", [ctx.account]],
    ]),
  };
  return evaluate(request, {
    identity: [{ name: "everything", document: identity }],
    resource: [{ name: resource, document: compilePolicy(policy) }],
    resourceKind: "key",
  }).allowed;
}
