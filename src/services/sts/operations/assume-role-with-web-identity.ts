import type * as sts from "@aws-sdk/client-sts";
import type { AuthoriseContext } from "../../../dispatch/context.ts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import {
  type Federation,
  federatedSession,
  federationPermissions,
  roleAccount,
} from "../federated-session.ts";
import type { StsPorts } from "../ports.ts";
import { createProviderKeys, type ProviderKeys } from "../provider-keys.ts";
import { requireRoleArn } from "../role-session.ts";
import { type WebIdentity, webIdentity } from "../web-identity-claims.ts";
import { invalid, isSignedBy, readToken, requireCurrent, unverified } from "../web-identity-token.ts";

type Input = Parameters<ReadOperation<typeof sts, "AssumeRoleWithWebIdentity">["authorise"]>[0];

/**
 * Takes a role for whom an OpenID Connect provider vouches. The call needs no signature: the token proves who calls,
 * and the role's trust policy says whether that is enough. Providers are those of the role's account; the ones that
 * AWS knows without being told (Google, Facebook, Amazon, Cognito) are not known here.
 */
export const assumeRoleWithWebIdentity = (
  ports: StsPorts,
): ReadOperation<typeof sts, "AssumeRoleWithWebIdentity"> => {
  const keys = createProviderKeys(ports.documents);
  return {
    name: "AssumeRoleWithWebIdentity",
    recordedFor: roleAccount,

    async authorise(input, ctx) {
      const { federation } = await verified(ports, keys, input, ctx);
      return federationPermissions("sts:AssumeRoleWithWebIdentity", federation);
    },

    async read(ctx, input) {
      // The token is verified again: nothing is handed from the one step to the other, and its keys are at hand.
      const { federation, identity } = await verified(ports, keys, input, ctx);
      return {
        ...(await federatedSession(ports, ctx, federation, {
          seconds: input.DurationSeconds,
          policy: input.Policy,
          policyArns: input.PolicyArns,
        })),
        SubjectFromWebIdentityToken: identity.subject,
        Audience: identity.audience,
        Provider: federation.provider,
      };
    },
  };
};

/**
 * Checks the token: of a provider of the role's account, signed by one of its keys, for one of its clients, now.
 * @throws InvalidIdentityToken, ExpiredTokenException, IDPCommunicationError, ValidationError.
 */
async function verified(
  ports: StsPorts,
  keys: ProviderKeys,
  input: Input,
  ctx: AuthoriseContext,
): Promise<{ readonly federation: Federation; readonly identity: WebIdentity }> {
  const account = requireRoleArn(input.RoleArn);
  if (input.ProviderId !== undefined) {
    throw invalid(
      `Access tokens of ${input.ProviderId} cannot be verified here: only OpenID Connect ID tokens.`,
    );
  }
  const token = readToken(input.WebIdentityToken);
  const provider = await ports.identityProviders.openIdConnect(ctx.rows, account, token.issuer);
  if (provider === undefined) {
    throw invalid(`No OpenIDConnect provider found in your account for ${token.issuer}`);
  }
  const candidates = await keys.candidates(provider, token, ctx.now);
  if (!candidates.some((key) => isSignedBy(token, key))) throw unverified();
  // INVARIANT: no claim but the issuer is believed before the signature is.
  requireCurrent(token, ctx.now);
  const identity = webIdentity(token, provider);
  const { tags, transitiveTagKeys, sourceIdentity, context } = identity;
  const federation = {
    roleArn: input.RoleArn,
    sessionName: input.RoleSessionName,
    provider: provider.arn,
    tags,
    transitiveTagKeys,
    sourceIdentity,
    caller: {
      type: "WebIdentityUser" as const,
      principalId: `${provider.arn}:${identity.audience}:${identity.subject}`,
      userName: identity.subject,
      identityProvider: provider.arn,
    },
    context,
  };
  return { federation, identity };
}
