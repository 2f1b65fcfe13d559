import type * as iam from "@aws-sdk/client-iam";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uniqueId } from "../../../kernel/ids.ts";
import { checkServerCertificate } from "../certificates.ts";
import { certificateExists, entityArn, nameKey } from "../entities.ts";
import { countEntities } from "../entity-page.ts";
import type { IamPorts } from "../ports.ts";
import { quotaExceeded, quotas } from "../quotas.ts";
import { apiServerCertificate, serverCertificateKey } from "../server-certificates.ts";
import type { IamTables, ServerCertificateRow } from "../store.ts";
import { apiTags, creationPermissions, givenTags } from "../tags.ts";

/** Adds a server certificate with its private key and chain, which must belong together. */
export const uploadServerCertificate = ({
  sealer,
}: IamPorts): WriteOperation<typeof iam, "UploadServerCertificate"> => ({
  name: "UploadServerCertificate",

  authorise: (input, ctx) =>
    creationPermissions(
      { create: "iam:UploadServerCertificate", tag: "iam:TagServerCertificate" },
      {
        resource: entityArn(
          ctx.account,
          "server-certificate",
          input.Path ?? "/",
          input.ServerCertificateName,
        ),
      },
      input.Tags,
    ),

  async commit(tx, { account, random, now }, input) {
    const { ServerCertificateName: name, Path: path = "/", CertificateChain: chain } = input;
    const tags = givenTags(input.Tags, "by case");
    const body = input.CertificateBody;
    const row: ServerCertificateRow = {
      account,
      name_key: nameKey(name),
      name,
      path,
      id: uniqueId("ASCA", random),
      arn: entityArn(account, "server-certificate", path, name),
      created_at: now,
      body: body.trim(),
      chain: chain?.trim() ?? null,
      private_key: sealer.seal(serverCertificateKey, input.PrivateKey),
      expires_at: checkServerCertificate({ body, privateKey: input.PrivateKey, chain }, now),
      tags: JSON.stringify(tags),
    };
    const made = await tx
      .tables<IamTables>()
      .insertInto("iam_server_certificate")
      .values(row)
      .onConflict((conflict) => conflict.columns(["account", "name_key"]).doNothing())
      .returning("id")
      .executeTakeFirst();
    if (made === undefined) throw certificateExists(name);
    if ((await countEntities(tx, "iam_server_certificate", account)) > quotas.ServerCertificates) {
      throw quotaExceeded("ServerCertificatesPerAccount", quotas.ServerCertificates);
    }
    return {
      ServerCertificateMetadata: apiServerCertificate(row),
      Tags: tags.length === 0 ? undefined : apiTags(tags),
    };
  },
});
