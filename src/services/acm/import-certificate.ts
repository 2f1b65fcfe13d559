import type * as acm from "@aws-sdk/client-acm";
import type { WriteOperation } from "../../dispatch/operation.ts";
import { formatArn } from "../../kernel/arn.ts";
import { uuid } from "../../kernel/ids.ts";
import {
  type Certificate,
  certificateKey,
  insertCertificate,
  needCertificate,
  saveCertificate,
} from "./certificate.ts";
import { certificateChanged } from "./changed.ts";
import { validation } from "./faults.ts";
import type { AcmPorts } from "./ports.ts";
import { checkChain, readCertificate, readPrivateKey } from "./read-certificate.ts";
import { addedTags, tagContext } from "./tags.ts";

/** Takes in a certificate with its key, or puts another in its place under the same ARN. */
export function importCertificate({ sealer }: AcmPorts): WriteOperation<typeof acm, "ImportCertificate"> {
  return {
    name: "ImportCertificate",
    authorise: ({ CertificateArn, Tags }, { account, region }) => [
      {
        action: "acm:ImportCertificate",
        resource: CertificateArn ?? formatArn("acm", region, account, "certificate/*"),
        context: tagContext(Tags),
      },
    ],
    async commit(tx, ctx, input) {
      const body = textOf(input.Certificate);
      const chain = input.CertificateChain === undefined ? "" : textOf(input.CertificateChain);
      const facts = readCertificate(body);
      const key = readPrivateKey(textOf(input.PrivateKey), body);
      if (chain !== "") checkChain(chain);
      const { CertificateArn, Tags } = input;
      const had = CertificateArn === undefined ? undefined : await needCertificate(tx, ctx, CertificateArn);
      if (had !== undefined && had.document.type !== "IMPORTED") {
        throw validation("Only a certificate that was imported can be imported again.");
      }
      if (had !== undefined && Tags !== undefined) {
        throw validation("You cannot apply tags when reimporting a certificate.");
      }
      const one: Certificate = {
        ...{ account: ctx.account, region: ctx.region, token: undefined, body, chain },
        arn: had?.arn ?? formatArn("acm", ctx.region, ctx.account, `certificate/${uuid(ctx.random)}`),
        createdAt: had?.createdAt ?? ctx.now,
        sealedKey: sealer.seal(certificateKey, key),
        tags: had?.tags ?? addedTags([], Tags),
        document: {
          ...facts,
          type: "IMPORTED",
          exportable: false,
          transparency: "DISABLED",
          importedAt: ctx.now,
        },
      };
      if (had === undefined) await insertCertificate(tx, one);
      else {
        await saveCertificate(tx, one);
        await certificateChanged(tx, one);
      }
      return { CertificateArn: one.arn };
    },
  };
}

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString("utf8");
}
