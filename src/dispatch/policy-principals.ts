import { replacePrincipals, writtenPrincipals } from "../authz/parse/principal-text.ts";
import { isAccountId } from "../kernel/account.ts";
import { parseArn } from "../kernel/arn.ts";
import type { Rows } from "../store/types.ts";

/**
 * Users and roles by their unique ids. Implemented by `services/iam/principal-register.ts`; the composition root hands
 * it to every service that keeps policies which name principals.
 */
export interface PrincipalRegister {
  /** The ids of the users and roles that there are, of any account, by ARN. */
  idsOf(rows: Rows, arns: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The ARNs, as they are now, of the users and roles that still live, by id. */
  arnsOf(rows: Rows, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** A policy as it is kept, or the first of its `AWS` principals that names nobody, as it is written. */
export type KeptPolicy = { readonly document: string } | { readonly invalid: string };

/**
 * The form in which a policy that names principals is kept: with the unique ids of users and roles in place of their
 * ARNs, so that one who is made anew under an old name is not trusted for it (IAM User Guide, "AWS JSON policy elements:
 * Principal"). Accounts, sessions, services, providers and canonical users stay as they are written.
 * @param document a policy that was validated before.
 */
export async function keepPrincipals(
  rows: Rows,
  register: PrincipalRegister,
  document: string,
): Promise<KeptPolicy> {
  const named = writtenPrincipals(document).flatMap(({ type, value }) => (type === "AWS" ? [value] : []));
  const ids = await lookUp(
    named.filter((value) => entityArn.test(value)),
    (arns) => register.idsOf(rows, arns),
  );
  const arns = await lookUp(
    named.filter((value) => uniqueId.test(value)),
    (wanted) => register.arnsOf(rows, wanted),
  );
  const invalid = named.find((value) => !ids.has(value) && !arns.has(value) && !standsForItself(value));
  if (invalid !== undefined) return { invalid };
  if (ids.size === 0) return { document };
  return {
    document: replacePrincipals(document, ({ type, value }) =>
      type === "AWS" ? (ids.get(value) ?? value) : value,
    ),
  };
}

/**
 * Kept policies as answers show them: the ARN, as it is now, of every user or role that still lives; the bare id of one
 * that is gone. One look-up for all of them, and none when they name no ids.
 */
export async function showPrincipals(
  rows: Rows,
  register: PrincipalRegister,
  documents: readonly string[],
): Promise<readonly string[]> {
  const ids = documents.flatMap((document) =>
    // Most policies name no ids: they are not read through.
    mayNameIds(document)
      ? writtenPrincipals(document).flatMap(({ type, value }) =>
          type === "AWS" && uniqueId.test(value) ? [value] : [],
        )
      : [],
  );
  const arns = await lookUp(ids, (wanted) => register.arnsOf(rows, wanted));
  if (arns.size === 0) return documents;
  return documents.map((document) =>
    mayNameIds(document)
      ? replacePrincipals(document, ({ type, value }) =>
          type === "AWS" ? (arns.get(value) ?? value) : value,
        )
      : document,
  );
}

/** Whether a text may name a principal by its unique id. */
export function mayNameIds(text: string): boolean {
  return text.includes("AIDA") || text.includes("AROA");
}

const entityArn = /^arn:aws:iam::\d{12}:(?:user|role)\/\S+$/;
const uniqueId = /^A(?:IDA|ROA)\w+$/;

/** What is named without being looked up: everybody, an account, and the sessions of roles and federated users. */
function standsForItself(value: string): boolean {
  if (value === "*" || isAccountId(value)) return true;
  const arn = parseArn(value);
  if (arn?.partition !== "aws" || arn.region !== "" || !isAccountId(arn.account)) return false;
  if (arn.service === "iam") return arn.resource === "root";
  return arn.service === "sts" && /^(?:assumed-role\/[^/*]+|federated-user)\/[^/*]+$/.test(arn.resource);
}

/** Names asked for in one query: databases bound the parameters of a statement. */
const perQuery = 500;

async function lookUp(
  wanted: readonly string[],
  find: (wanted: readonly string[]) => Promise<ReadonlyMap<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  const names = [...new Set(wanted)];
  const found = new Map<string, string>();
  for (let from = 0; from < names.length; from += perQuery) {
    for (const [name, other] of await find(names.slice(from, from + perQuery))) found.set(name, other);
  }
  return found;
}
