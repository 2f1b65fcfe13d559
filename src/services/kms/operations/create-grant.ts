import type * as kms from "@aws-sdk/client-kms";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { PrincipalRegister } from "../../../dispatch/policy-principals.ts";
import type { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { contextKeys } from "../encryption-context.ts";
import { dryRunSucceeded, invalid, invalidArn, limitExceeded, unsupported } from "../faults.ts";
import { type GrantDocument, grantsOf, grantToken, keptPrincipal } from "../grant.ts";
import { needUsable } from "../key.ts";
import { onKey, viaService } from "../on-key.ts";
import type { KmsPorts } from "../ports.ts";
import { needKey } from "../resolve.ts";
import type { KmsTables } from "../store.ts";

type Input = Parameters<WriteOperation<typeof kms, "CreateGrant">["commit"]>[2];

/** KMS Developer Guide, "Quotas": grants of a key. */
const mostGrants = 50_000;

/** Lets a principal do some things with a key, now and until the grant is retired or revoked. */
export const createGrant = ({ principals }: KmsPorts): WriteOperation<typeof kms, "CreateGrant"> => ({
  name: "CreateGrant",
  authorise: onKey("kms:CreateGrant", (input, ctx) => {
    const {
      EncryptionContextEquals: equals,
      EncryptionContextSubset: subset,
      SourceArn,
    } = input.Constraints ?? {};
    return {
      ...contextKeys(equals ?? subset),
      "kms:GrantConstraintType": [
        ...(equals === undefined ? [] : ["EncryptionContextEquals"]),
        ...(subset === undefined ? [] : ["EncryptionContextSubset"]),
        ...(SourceArn === undefined ? [] : ["SourceArn"]),
      ],
      "kms:GrantConstraintSourceArn": SourceArn,
      "kms:GrantIsForAWSResource": String(viaService(ctx) !== undefined),
      "kms:GrantOperations": input.Operations,
      "kms:GranteePrincipal": input.GranteePrincipal,
      "kms:GranteeServicePrincipal": input.GranteeServicePrincipal,
      "kms:RetiringPrincipal": input.RetiringPrincipal,
      "kms:RetiringServicePrincipal": input.RetiringServicePrincipal,
    };
  }),
  async commit(tx, ctx, input) {
    const named = readGrant(input);
    const key = await needKey(tx, ctx, input.KeyId);
    needUsable(key);
    const grantee = await needPrincipal(tx, principals, named.grantee);
    const retiring = named.retiring && (await needPrincipal(tx, principals, named.retiring));
    const grants = await grantsOf(tx, key);
    const document: GrantDocument = {
      name: input.Name,
      grantee,
      operations: [...new Set(input.Operations)],
      constraints: input.Constraints,
      issuingAccount: ctx.account,
    };
    if (input.DryRun === true) throw dryRunSucceeded();
    // AWS: a named grant that is there already is answered again ("CreateGrant", API Reference, `Name`).
    const asked = sameness(document, retiring);
    const same =
      input.Name === undefined
        ? undefined
        : grants.find((grant) => sameness(grant, grant.retiring) === asked);
    if (same !== undefined) {
      return { GrantId: same.grantId, GrantToken: grantToken(key, same.grantId) };
    }
    if (grants.length >= mostGrants) throw limitExceeded(`A key can't have more than ${mostGrants} grants.`);
    const grantId = ctx.random.bytes(32).toString("hex");
    await tx
      .tables<KmsTables>()
      .insertInto("kms_grant")
      .values({
        account: key.account,
        region: key.region,
        key_id: key.keyId,
        grant_id: grantId,
        created_at: ctx.now,
        retiring_principal: retiring ?? "",
        document: JSON.stringify(document),
      })
      .execute();
    await tx.bumpEpoch(key.account);
    return { GrantId: grantId, GrantToken: grantToken(key, grantId) };
  },
});

/** A principal as the grant keeps it. Throws `InvalidArnException` for a user or role that is not there. */
async function needPrincipal(rows: Rows, principals: PrincipalRegister, principal: string): Promise<string> {
  const kept = await keptPrincipal(rows, principals, principal);
  if (kept === undefined) throw invalidPrincipal(principal);
  return kept;
}

function invalidPrincipal(principal: string): Fault {
  return invalidArn(`ARN does not refer to a valid principal: ${principal}`);
}

/** What makes two grants of a key the same. */
function sameness(grant: GrantDocument, retiring: string | undefined): string {
  const { name, grantee, operations, constraints } = grant;
  return JSON.stringify([name, grantee, operations.toSorted(), constraints, retiring]);
}

/** Throws `InvalidArnException`, `ValidationException`, `UnsupportedOperationException` (ours). */
function readGrant(input: Input): { readonly grantee: string; readonly retiring: string | undefined } {
  const grantee = input.GranteePrincipal ?? input.GranteeServicePrincipal;
  const retiring = input.RetiringPrincipal ?? input.RetiringServicePrincipal;
  if (grantee === undefined) throw invalid("Either GranteePrincipal or GranteeServicePrincipal is required.");
  for (const principal of [grantee, retiring]) {
    if (principal !== undefined && !isPrincipal(principal)) throw invalidPrincipal(principal);
  }
  if (input.Operations.length === 0) throw invalid("Operations must not be empty.");
  const { EncryptionContextEquals, EncryptionContextSubset, SourceArn } = input.Constraints ?? {};
  if (SourceArn !== undefined) throw unsupported("The grant constraint SourceArn is not supported here.");
  if (EncryptionContextEquals !== undefined && EncryptionContextSubset !== undefined) {
    throw invalid("Only one of EncryptionContextEquals and EncryptionContextSubset may be given.");
  }
  return { grantee, retiring };
}

function isPrincipal(text: string): boolean {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/.test(text)) return true;
  return /^arn:aws:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)\/.+)$/.test(text);
}
