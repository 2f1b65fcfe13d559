import type { SigningCertificate } from "@aws-sdk/client-iam";
import type { AccountId } from "../../kernel/brand.ts";
import type { KeyOwner } from "./access-keys.ts";
import { credentialStatus } from "./owned-credentials.ts";
import type { SigningCertificateRow } from "./store.ts";
import { wholeSeconds } from "./time.ts";

/** A signing certificate as the API shows it. Root's carries the account's id as its name. */
export function apiSigningCertificate(
  row: SigningCertificateRow,
  owner: KeyOwner,
  account: AccountId,
): SigningCertificate {
  return {
    UserName: owner.name ?? account,
    CertificateId: row.id,
    CertificateBody: row.body,
    Status: credentialStatus(row),
    UploadDate: wholeSeconds(row.created_at),
  };
}
