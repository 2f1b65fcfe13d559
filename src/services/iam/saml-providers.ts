import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows, Tx } from "../../store/types.ts";
import type { NamedResource } from "./named-resource.ts";
import type { SamlProviderRow } from "./provider-store.ts";
import type { IamTables } from "./store.ts";

/** `arn:aws:iam::<account>:saml-provider/<name>`. */
export function samlProviderArn(account: AccountId, name: string): Arn {
  return formatArn("iam", "", account, `saml-provider/${name}`);
}

/** The provider that a call names. Throws `ValidationError` for an ARN of something else. */
export function namedSamlProvider(arn: string): NamedResource {
  const parts = parseArn(arn);
  if (parts?.service !== "iam" || !parts.resource.startsWith("saml-provider/")) {
    throw new Fault("ValidationError", `${arn} is invalid`);
  }
  return { resource: arn };
}

/** The provider; throws `NoSuchEntity`. */
export async function requireSamlProvider(
  rows: Rows,
  account: AccountId,
  arn: string,
): Promise<SamlProviderRow> {
  const found = await rows
    .tables<IamTables>()
    .selectFrom("iam_saml_provider")
    .selectAll()
    .where("account", "=", account)
    .where("arn", "=", arn as Arn)
    .executeTakeFirst();
  if (found === undefined) throw new Fault("NoSuchEntity", `Manifest not found for arn ${arn}`);
  return found;
}

/** Changes columns of a provider. */
export async function updateSamlProvider(
  tx: Tx,
  arn: Arn,
  change: Partial<Pick<SamlProviderRow, "metadata" | "document" | "tags" | "valid_until">>,
): Promise<void> {
  await tx.tables<IamTables>().updateTable("iam_saml_provider").set(change).where("arn", "=", arn).execute();
}

/** Encrypted assertions are not read here: a provider that would send them is refused, not half served. */
export function refuseEncryption(input: {
  readonly AssertionEncryptionMode?: string;
  readonly AddPrivateKey?: string;
  readonly RemovePrivateKey?: string;
}): void {
  if (
    input.AddPrivateKey === undefined &&
    input.RemovePrivateKey === undefined &&
    input.AssertionEncryptionMode !== "Required"
  ) {
    return;
  }
  throw new Fault(
    "NotImplemented",
    "Roadstead does not decrypt SAML assertions: private keys and required encryption are not supported.",
    { status: 501 },
  );
}
