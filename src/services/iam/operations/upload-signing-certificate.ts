import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { keyOwner } from "../access-keys.ts";
import { readSigningCertificate, signingCertificateId } from "../certificates.ts";
import { credentialsOf, ownerId } from "../owned-credentials.ts";
import { quotaExceeded, quotas } from "../quotas.ts";
import { apiSigningCertificate } from "../signing-certificates.ts";
import type { IamTables, SigningCertificateRow } from "../store.ts";
import { namedOrCaller, onUserOrCaller } from "../users.ts";

/** Adds a certificate with which a user, or the caller, signs requests. The same one again changes nothing. */
export const uploadSigningCertificate: WriteOperation<typeof iam, "UploadSigningCertificate"> = {
  name: "UploadSigningCertificate",

  authorise: (input, ctx) => onUserOrCaller(ctx, "iam:UploadSigningCertificate", input.UserName),

  async commit(tx, ctx, input) {
    const { account } = ctx;
    const owner = await keyOwner(tx, account, namedOrCaller(input.UserName, ctx));
    const certificate = readSigningCertificate(input.CertificateBody);
    const row: SigningCertificateRow = {
      id: signingCertificateId(certificate),
      account,
      owner_id: ownerId(account, owner),
      active: 1,
      created_at: ctx.now,
      body: input.CertificateBody,
    };
    const tables = tx.tables<IamTables>();
    const existing = await tables
      .selectFrom("iam_signing_certificate")
      .selectAll()
      .where("account", "=", account)
      .where("id", "=", row.id)
      .executeTakeFirst();
    if (existing !== undefined && existing.owner_id !== row.owner_id) {
      throw new Fault(
        "DuplicateCertificate",
        "The same certificate is already associated with another user in this account.",
      );
    }
    if (existing === undefined) {
      if (Date.parse(certificate.validTo) <= ctx.now) {
        throw new Fault("InvalidCertificate", "The certificate is expired.");
      }
      await tables.insertInto("iam_signing_certificate").values(row).execute();
      const all = await credentialsOf(tx, "iam_signing_certificate", account, owner);
      if (all.length > quotas.SigningCertificatesPerUser) {
        throw quotaExceeded("CertificatesPerUser", quotas.SigningCertificatesPerUser);
      }
    }
    // AWS: the answer says Active, even for a certificate that is there and was switched off.
    return { Certificate: apiSigningCertificate({ ...(existing ?? row), active: 1 }, owner, account) };
  },
};
