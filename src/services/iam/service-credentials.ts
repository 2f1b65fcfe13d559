import type { ServiceSpecificCredential, ServiceSpecificCredentialMetadata } from "@aws-sdk/client-iam";
import type { AuthoriseContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Random } from "../../kernel/random.ts";
import type { Rows } from "../../store/types.ts";
import { credentialStatus } from "./owned-credentials.ts";
import type { IamTables, ServiceCredentialRow } from "./store.ts";
import { wholeSeconds } from "./time.ts";
import { onUserOrCaller } from "./users.ts";

/** What the secrets of service-specific credentials are sealed for. */
export const serviceCredentialSecret = "iam.service-credential";

/**
 * The services that have such credentials (CreateServiceSpecificCredential, `ServiceName`): a user name and a password,
 * or an API key, which begins with a prefix and holds its alias.
 */
const services: Readonly<Record<string, { readonly apiKeyPrefix?: string }>> = {
  "codecommit.amazonaws.com": {},
  "cassandra.amazonaws.com": {},
  "bedrock.amazonaws.com": { apiKeyPrefix: "ABSK" },
  "logs.amazonaws.com": { apiKeyPrefix: "ACWL" },
};

/** Throws `NoSuchEntity` for a service without such credentials. */
export function requireCredentialService(name: string): void {
  if (!Object.hasOwn(services, name)) {
    throw new Fault("NoSuchEntity", `No such service ${name} is supported for Service Specific Credentials`);
  }
}

/** A new secret for a credential: a password, or an API key. */
export function newServiceSecret(
  { service, alias }: Pick<ServiceCredentialRow, "service" | "alias">,
  random: Random,
): string {
  const secret = random.bytes(45).toString("base64");
  const prefix = services[service]?.apiKeyPrefix;
  return prefix === undefined ? secret : prefix + Buffer.from(`${alias}:${secret}`).toString("base64");
}

/** The first free name for a credential: `ann-at-111122223333`, then `ann+1-at-111122223333`. */
export function freeAlias(
  userName: string,
  account: AccountId,
  taken: readonly Pick<ServiceCredentialRow, "alias">[],
): string {
  for (let n = 0; ; n++) {
    const alias = `${userName}${n === 0 ? "" : `+${n}`}-at-${account}`;
    if (!taken.some((one) => one.alias === alias)) return alias;
  }
}

/** A credential as lists show it. */
export function apiServiceCredential(
  row: ServiceCredentialRow,
  userName: string,
): ServiceSpecificCredentialMetadata {
  const isApiKey = services[row.service]?.apiKeyPrefix !== undefined;
  return {
    UserName: userName,
    ServiceName: row.service,
    ServiceSpecificCredentialId: row.id,
    ...(isApiKey ? { ServiceCredentialAlias: row.alias } : { ServiceUserName: row.alias }),
    Status: credentialStatus(row),
    CreateDate: wholeSeconds(row.created_at),
    ...(row.expires_at === null ? {} : { ExpirationDate: wholeSeconds(row.expires_at) }),
  };
}

/** A credential with its secret, at one of the moments when it is told. */
export function apiNewServiceCredential(
  row: ServiceCredentialRow,
  userName: string,
  secret: string,
): ServiceSpecificCredential {
  const shown = apiServiceCredential(row, userName);
  return shown.ServiceCredentialAlias === undefined
    ? { ...shown, ServicePassword: secret }
    : { ...shown, ServiceCredentialSecret: secret };
}

/** The permission to change one credential of the user named, or of the caller. */
export async function onServiceCredential(
  ctx: AuthoriseContext,
  action: string,
  input: { readonly UserName?: string; readonly ServiceSpecificCredentialId: string },
): Promise<readonly Authorisation[]> {
  const wanted = await onUserOrCaller(ctx, action, input.UserName);
  const row = await ctx.rows
    .tables<IamTables>()
    .selectFrom("iam_service_credential")
    .select("service")
    .where("account", "=", ctx.account)
    .where("id", "=", input.ServiceSpecificCredentialId)
    .executeTakeFirst();
  const context = { "iam:ServiceSpecificCredentialServiceName": row?.service };
  return wanted.map((one) => ({ ...one, context }));
}

/** Everyone's credentials of an account with their users' names, in the order of their ids. */
export function allServiceCredentials(
  rows: Rows,
  account: AccountId,
): Promise<(ServiceCredentialRow & { readonly user_name: string })[]> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_service_credential as credential")
    .innerJoin("iam_user as user", "user.id", "credential.owner_id")
    .selectAll("credential")
    .select("user.name as user_name")
    .where("credential.account", "=", account)
    .orderBy("credential.id")
    .execute();
}
