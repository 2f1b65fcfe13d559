import { type InternalOperation, StalePreparation } from "../../dispatch/operation.ts";
import { formatArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import { day } from "../../kernel/duration.ts";
import { Fault } from "../../kernel/fault.ts";
import {
  type Authority,
  findAuthority,
  type IssuedCertificate,
  issue,
  keepAuthority,
  makeAuthority,
} from "./authority.ts";
import type { AcmPorts } from "./ports.ts";

/** Ours: there is one authority, and every account has it under an ARN of its own. */
const localId = "00000000-0000-0000-0000-000000000000";

/** AWS: certificates of Service Connect are valid for seven days (Developer Guide, "Encrypt Service Connect traffic"). */
const lifetime = 7 * day;

/** What the managed policies let ECS issue from. */
const endEntity = "arn:aws:acm-pca:::template/EndEntityCertificate/V1";

/** AWS: a customer tags an authority so, before ECS may use it. The local one has its tag from the beginning. */
const tagged = { "aws:ResourceTag/AmazonECSManaged": "true" } as const;

/** The principal for which certificates are issued. */
const ecs = "ecs.amazonaws.com";

/** The ARN that stands for the local certificate authority, as if it were one of AWS Private CA. */
function localAuthorityArn(account: AccountId, region: Region): Arn {
  return formatArn("acm-pca", region, account, `certificate-authority/${localId}`);
}

/** A certificate that the local authority has issued, PEM. */
export interface EndEntityCertificate extends IssuedCertificate {
  readonly chain: string;
}

/** What of AWS Private CA services here need: no part of it is served to clients. */
export interface PrivateAuthority {
  /**
   * Issues a certificate for a name, as whoever calls, who needs the permissions of AWS Private CA on the authority.
   * Throws `ResourceNotFoundException` for an authority that is not the local one.
   */
  readonly issueCertificate: InternalOperation<
    { readonly authorityArn: string; readonly name: string },
    { readonly authority: Authority; readonly issued: IssuedCertificate },
    EndEntityCertificate
  >;
}

const own = { service: "acm", eventSource: "acm-pca.amazonaws.com", onlyFor: ecs } as const;

/** The certificate of the authority, PEM: what it has issued is to be trusted. Absent before it has issued anything. */
export const trustedCertificate: InternalOperation<Record<string, never>, never, string | undefined> = {
  ...own,
  name: "GetTrustedCertificate",
  unrecorded: true,
  // Public: it is in the chain of whatever the authority has issued.
  authorise: () => [],
  read: async ({ rows }) => (await findAuthority(rows))?.certificate,
};

export function createPrivateAuthority({ sealer }: Pick<AcmPorts, "sealer">): PrivateAuthority {
  return {
    issueCertificate: {
      ...own,
      name: "IssueCertificate",
      describe: ({ authorityArn }) => ({ certificateAuthorityArn: authorityArn, templateArn: endEntity }),
      // AWS: three calls, of which each has its permission.
      authorise: ({ authorityArn: resource }) => [
        {
          action: "acm-pca:IssueCertificate",
          resource,
          context: { ...tagged, "acm-pca:TemplateArn": endEntity },
        },
        { action: "acm-pca:GetCertificate", resource, context: tagged },
        { action: "acm-pca:GetCertificateAuthorityCertificate", resource, context: tagged },
      ],
      async prepare({ account, region, rows, now, random }, { authorityArn, name }) {
        const local = localAuthorityArn(account, region);
        if (authorityArn !== local) {
          throw new Fault(
            "ResourceNotFoundException",
            `Roadstead has no AWS Private CA, but a certificate authority of its own: ${local}`,
          );
        }
        const authority = (await findAuthority(rows)) ?? (await makeAuthority(sealer, random, now));
        const wanted = { names: [name], keyAlgorithm: "EC_prime256v1", now, random, lifetime };
        return { authority, issued: await issue(authority, sealer, wanted) };
      },
      async commit(tx, _ctx, _input, { authority, issued }) {
        if (!(await keepAuthority(tx, authority))) throw new StalePreparation("another authority was made");
        return { ...issued, chain: authority.certificate };
      },
    },
  };
}
