import type * as acm from "@aws-sdk/client-acm";
import { StalePreparation, type WriteOperation } from "../../dispatch/operation.ts";
import { formatArn } from "../../kernel/arn.ts";
import { hour } from "../../kernel/duration.ts";
import { Fault } from "../../kernel/fault.ts";
import { uuid } from "../../kernel/ids.ts";
import {
  type Authority,
  findAuthority,
  type IssuedCertificate,
  issue,
  keepAuthority,
  makeAuthority,
} from "./authority.ts";
import { certificateKey, insertCertificate, listCertificates } from "./certificate.ts";
import { notServed, validation } from "./faults.ts";
import type { AcmPorts } from "./ports.ts";
import { readCertificate } from "./read-certificate.ts";
import { addedTags, tagContext } from "./tags.ts";

/** AWS: how long an idempotency token finds the first request's certificate. */
const tokenLife = hour;
/** Service quotas: names of a certificate, and certificates of an account in a region. */
const mostNames = 10;
const mostCertificates = 2_500;

interface Prepared {
  readonly authority: Authority;
  readonly issued: IssuedCertificate;
}

/**
 * Issues a certificate at once: there is nobody outside to convince, and the certificate authority of this installation
 * signs it (docs/decisions/certificates-of-listeners.md).
 */
export function requestCertificate(
  ports: AcmPorts,
): WriteOperation<typeof acm, "RequestCertificate", Prepared> {
  return {
    name: "RequestCertificate",
    // AWS: a certificate that is not yet there, as its managed policies of infrastructure roles name it.
    authorise: (input, ctx) => [
      {
        action: "acm:RequestCertificate",
        resource: formatArn("acm", ctx.region, ctx.account, "certificate/*"),
        context: {
          "acm:DomainNames": namesOf(input),
          "acm:KeyAlgorithm": input.KeyAlgorithm ?? "RSA_2048",
          "acm:ValidationMethod": input.ValidationMethod,
          "acm:CertificateAuthority": input.CertificateAuthorityArn,
          "acm:CertificateKeyPairOrigin": "AWS_MANAGED",
          "acm:CertificateTransparencyLogging": input.Options?.CertificateTransparencyLoggingPreference,
          "acm:Export": input.Options?.Export,
          ...tagContext(input.Tags),
        },
      },
    ],
    async prepare(ctx, input) {
      if (input.CertificateAuthorityArn !== undefined) throw notServed("A private certificate authority");
      if (input.ManagedBy !== undefined) throw notServed("A certificate managed by another service");
      if (input.ValidationMethod === "HTTP") throw notServed("Validation by HTTP");
      const names = namesOf(input);
      if (names.length > mostNames) {
        throw new Fault(
          "LimitExceededException",
          `Error: you have reached the maximum number of ${mostNames} domain names.`,
        );
      }
      const authority =
        (await findAuthority(ctx.rows)) ?? (await makeAuthority(ports.sealer, ctx.random, ctx.now));
      const keyAlgorithm = input.KeyAlgorithm ?? "RSA_2048";
      const { now, random } = ctx;
      return {
        authority,
        issued: await issue(authority, ports.sealer, { names, keyAlgorithm, now, random }),
      };
    },
    async commit(tx, ctx, input, { authority, issued }) {
      if (!(await keepAuthority(tx, authority))) throw new StalePreparation("another authority was made");
      const names = namesOf(input);
      const token = input.IdempotencyToken && `${input.IdempotencyToken} ${names.join(" ")}`;
      const all = await listCertificates(tx, ctx);
      const again = all.find((one) => one.token === token && one.createdAt > ctx.now - tokenLife);
      if (token !== undefined && again !== undefined) return { CertificateArn: again.arn };
      if (all.length >= mostCertificates) {
        throw new Fault(
          "LimitExceededException",
          `Error: you have reached the maximum number of ${mostCertificates} certificates.`,
        );
      }
      const arn = formatArn("acm", ctx.region, ctx.account, `certificate/${uuid(ctx.random)}`);
      await insertCertificate(tx, {
        ...{ arn, account: ctx.account, region: ctx.region, token, createdAt: ctx.now },
        ...{ body: issued.certificate, chain: authority.certificate },
        sealedKey: ports.sealer.seal(certificateKey, issued.privateKey),
        tags: addedTags([], input.Tags),
        document: {
          ...readCertificate(issued.certificate),
          names,
          domainName: names[0] ?? "",
          type: "AMAZON_ISSUED",
          validationMethod: input.ValidationMethod === "EMAIL" ? "EMAIL" : "DNS",
          exportable: input.Options?.Export === "ENABLED",
          transparency: input.Options?.CertificateTransparencyLoggingPreference ?? "ENABLED",
        },
      });
      return { CertificateArn: arn };
    },
  };
}

/** The names of a certificate in lower case, the domain name first. */
function namesOf({
  DomainName = "",
  SubjectAlternativeNames = [],
}: acm.RequestCertificateRequest): readonly string[] {
  const names = [DomainName, ...SubjectAlternativeNames].map((name) => name.toLowerCase());
  if (names.some((name) => name.length > 253)) throw validation("A domain name is too long.");
  return [...new Set(names)];
}
