import type * as sts from "@aws-sdk/client-sts";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { parseArn } from "../../../kernel/arn.ts";
import { Fault } from "../../../kernel/fault.ts";
import {
  type Federation,
  federatedSession,
  federationPermissions,
  roleAccount,
} from "../federated-session.ts";
import type { StsPorts } from "../ports.ts";
import { requireRoleArn } from "../role-session.ts";
import { readAssertion, requireCurrent, requireMeantForAws, type SamlAssertion } from "../saml/assertion.ts";
import { samlFederation, samlSubject } from "../saml/claims.ts";
import { decodeResponse, invalid } from "../saml/document.ts";
import { signedAssertion } from "../saml/signature.ts";
import { requireSuccess } from "../saml/status.ts";

type Input = Parameters<ReadOperation<typeof sts, "AssumeRoleWithSAML">["authorise"]>[0];

/**
 * Takes a role for whom a SAML 2.0 identity provider vouches. The call needs no signature: the assertion proves who
 * calls, and the role's trust policy says whether that is enough.
 */
export const assumeRoleWithSAML = (ports: StsPorts): ReadOperation<typeof sts, "AssumeRoleWithSAML"> => ({
  name: "AssumeRoleWithSAML",
  recordedFor: roleAccount,

  async authorise(input, ctx) {
    const { federation } = await verified(ports, input, ctx);
    return federationPermissions("sts:AssumeRoleWithSAML", federation);
  },

  async read(ctx, input) {
    // Verified again: nothing is handed from the one step to the other.
    const { federation, assertion } = await verified(ports, input, ctx);
    const about = samlSubject(assertion, federation.provider);
    return {
      ...(await federatedSession(ports, ctx, federation, {
        seconds: input.DurationSeconds,
        until: assertion.sessionEndsAt,
        policy: input.Policy,
        policyArns: input.PolicyArns,
      })),
      Subject: about.subject,
      SubjectType: about.subjectType,
      Issuer: assertion.issuer,
      Audience: assertion.recipient,
      NameQualifier: about.nameQualifier,
    };
  },
});

/**
 * Checks the response: of the provider that the call names, signed by one of its certificates, made for AWS, now.
 * @throws InvalidIdentityToken, ExpiredTokenException, IDPRejectedClaim, AccessDenied, ValidationError.
 */
async function verified(
  { identityProviders }: StsPorts,
  input: Input,
  ctx: AuthoriseContext,
): Promise<{ readonly federation: Federation; readonly assertion: SamlAssertion }> {
  requireRoleArn(input.RoleArn);
  const text = decodeResponse(input.SAMLAssertion);
  const provider = await identityProviders.saml(ctx.rows, requireProviderArn(input.PrincipalArn));
  if (provider === undefined) throw invalid("Specified provider doesn't exist");
  requireSuccess(text);
  // INVARIANT: nothing of the assertion is looked at before its signature has been verified.
  const assertion = readAssertion(signedAssertion(text, provider.certificates));
  if (assertion.issuer !== provider.issuer) throw invalid("Issuer not present in specified provider");
  // The words are ours.
  if (ctx.now >= provider.validUntil) throw invalid("The metadata of the specified provider has expired.");
  requireMeantForAws(assertion);
  requireCurrent(assertion, ctx.now);
  return { federation: samlFederation(assertion, input.RoleArn, provider.arn), assertion };
}

function requireProviderArn(arn: string): string {
  const parts = parseArn(arn);
  if (parts?.service === "iam" && parts.resource.startsWith("saml-provider/")) return arn;
  throw new Fault("ValidationError", `${arn} is invalid`);
}
