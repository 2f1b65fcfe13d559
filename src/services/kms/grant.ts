import type { GrantConstraints, GrantListEntry, GrantOperation } from "@aws-sdk/client-kms";
import { mayNameIds, type PrincipalRegister } from "../../dispatch/policy-principals.ts";
import type { PolicyText } from "../../dispatch/service.ts";
import { isJsonObject, parseJson } from "../../kernel/json.ts";
import type { Rows } from "../../store/types.ts";
import { type KeyRef, keyArn, parseKeyArn } from "./arn.ts";
import type { GrantRow, KmsTables } from "./store.ts";

/** What a grant's row keeps as JSON. */
export interface GrantDocument {
  readonly name?: string | undefined;
  /** A user or role by its unique id; another principal as it was written. */
  readonly grantee: string;
  readonly operations: readonly GrantOperation[];
  readonly constraints?: GrantConstraints | undefined;
  readonly issuingAccount: string;
}

export interface Grant extends GrantDocument {
  readonly key: KeyRef;
  readonly grantId: string;
  /** Epoch ms. */
  readonly createdAt: number;
  /** As `grantee`. */
  readonly retiring: string | undefined;
}

/** Reads a row. */
export function grantFrom(row: GrantRow): Grant {
  return {
    ...(JSON.parse(row.document) as GrantDocument),
    key: { account: row.account, region: row.region, keyId: row.key_id } as KeyRef,
    grantId: row.grant_id,
    createdAt: row.created_at,
    retiring: row.retiring_principal === "" ? undefined : row.retiring_principal,
  };
}

/** The grants of a key, in order of their ids. */
export async function grantsOf(rows: Rows, key: KeyRef): Promise<readonly Grant[]> {
  const found = await rows
    .tables<KmsTables>()
    .selectFrom("kms_grant")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("key_id", "=", key.keyId)
    .orderBy("grant_id")
    .execute();
  return found.map(grantFrom);
}

/** A grant of a key by its id. */
export async function findGrant(rows: Rows, key: KeyRef, grantId: string): Promise<Grant | undefined> {
  return (await grantsOf(rows, key)).find((grant) => grant.grantId === grantId);
}

/**
 * A principal as grants keep it: a user or role by its unique id, so that one who is made anew under an old name holds
 * nothing; another as it is written. `undefined` for a user or role that is not there.
 */
export async function keptPrincipal(
  rows: Rows,
  principals: PrincipalRegister,
  principal: string,
): Promise<string | undefined> {
  if (!entityArn.test(principal)) return principal;
  return (await principals.idsOf(rows, [principal])).get(principal);
}

const entityArn = /^arn:aws:iam::\d{12}:(?:user|role)\/./;

/** Grants as lists answer them. AWS: a principal that is gone is shown by its id. */
export async function describeGrants(
  rows: Rows,
  principals: PrincipalRegister,
  grants: readonly Grant[],
): Promise<GrantListEntry[]> {
  const named = grants.flatMap(({ grantee, retiring }) => [grantee, retiring ?? grantee]);
  const arns = await principals.arnsOf(rows, [...new Set(named.filter(mayNameIds))]);
  return grants.map((grant) => describeGrant(grant, (principal) => arns.get(principal) ?? principal));
}

function describeGrant(grant: Grant, shown: (principal: string) => string): GrantListEntry {
  return {
    KeyId: keyArn(grant.key),
    GrantId: grant.grantId,
    // AWS: a grant without a name has an empty one.
    Name: grant.name ?? "",
    CreationDate: new Date(grant.createdAt),
    GranteePrincipal: shown(grant.grantee),
    RetiringPrincipal: grant.retiring && shown(grant.retiring),
    IssuingAccount: grant.issuingAccount,
    Operations: [...grant.operations],
    Constraints: grant.constraints,
  };
}

/** Names a grant to RetireGrant. Grants hold at once here, so a token gives nobody anything. */
export function grantToken(key: KeyRef, grantId: string): string {
  return Buffer.from(JSON.stringify({ key: keyArn(key), grantId })).toString("base64url");
}

/** Reads a grant token; `undefined` when it is none of ours. */
export function readGrantToken(
  token: string,
): { readonly key: KeyRef; readonly grantId: string } | undefined {
  const value = parseJson(Buffer.from(token, "base64url").toString("utf8"));
  if (!isJsonObject(value) || typeof value.key !== "string" || typeof value.grantId !== "string")
    return undefined;
  const key = parseKeyArn(value.key);
  return key && { key, grantId: value.grantId };
}

/** What a grant's constraints bind (KMS Developer Guide, "Using grant constraints"). */
const unconstrained: ReadonlySet<string> = new Set(["DescribeKey", "GetPublicKey", "RetireGrant"]);

/**
 * A grant as the policy that it amounts to, so that it takes part in decisions like the key's own: it allows, directly,
 * what its constraints hold for; it denies nothing. Written in the older version of the language, whose values have no
 * variables: an encryption context is data.
 */
export function grantPolicy(grant: Grant): PolicyText {
  const { grantee, operations, constraints } = grant;
  const principal = principalElement(grantee);
  const statement = (names: readonly string[], condition: object) =>
    names.length === 0
      ? []
      : [
          {
            Effect: "Allow",
            Principal: principal,
            Action: names.map((name) => `kms:${name}`),
            Resource: "*",
            ...(Object.keys(condition).length > 0 && { Condition: condition }),
          },
        ];
  const within = contextCondition(constraints);
  const other = operations.filter((name) => name !== "CreateGrant" && name !== "RetireGrant");
  const own = { StringEquals: { "kms:GrantId": grant.grantId } };
  const retiring =
    grant.retiring === undefined
      ? []
      : [
          {
            Effect: "Allow",
            Principal: principalElement(grant.retiring),
            Action: "kms:RetireGrant",
            Resource: "*",
            Condition: own,
          },
        ];
  const Statement = [
    ...statement(
      other.filter((name) => !unconstrained.has(name)),
      within,
    ),
    ...statement(
      other.filter((name) => unconstrained.has(name)),
      {},
    ),
    // AWS: whoever may grant by a grant may grant no more than it gives.
    ...statement(
      operations.filter((name) => name === "CreateGrant"),
      {
        ...within,
        "ForAllValues:StringEquals": {
          ...within["ForAllValues:StringEquals"],
          "kms:GrantOperations": [...operations],
        },
      },
    ),
    ...statement(
      operations.filter((name) => name === "RetireGrant"),
      own,
    ),
    ...retiring,
  ];
  const name = `grant ${grant.grantId} of ${keyArn(grant.key)}`;
  return { name, document: JSON.stringify({ Version: "2008-10-17", Statement }) };
}

interface ContextCondition {
  readonly StringEquals?: Readonly<Record<string, string>>;
  readonly "ForAllValues:StringEquals"?: Readonly<Record<string, readonly string[]>>;
}

function contextCondition(constraints: GrantConstraints | undefined): ContextCondition {
  const equals = constraints?.EncryptionContextEquals;
  const pairs = Object.entries(equals ?? constraints?.EncryptionContextSubset ?? {});
  if (pairs.length === 0) return {};
  return {
    StringEquals: Object.fromEntries(pairs.map(([key, value]) => [`kms:EncryptionContext:${key}`, value])),
    ...(equals !== undefined && {
      "ForAllValues:StringEquals": { "kms:EncryptionContextKeys": pairs.map(([key]) => key) },
    }),
  };
}

/** Users and roles by unique id, accounts and sessions by ARN; a service by its name (`ecr.eu-west-1.amazonaws.com`). */
function principalElement(principal: string): object {
  return principal.endsWith(".amazonaws.com") ? { Service: principal } : { AWS: principal };
}
