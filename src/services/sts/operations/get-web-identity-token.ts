import type * as sts from "@aws-sdk/client-sts";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { second } from "../../../kernel/duration.ts";
import { Fault } from "../../../kernel/fault.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Principal } from "../../../kernel/principal.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { StsPorts } from "../ports.ts";
import { sessionTags, tagContext, tagsOf } from "../session-tags.ts";

const defaultSeconds = 300;
/** Bytes of claims. AWS has a limit and does not publish it; this holds every tag but absurd ones. */
const largestPayload = 8192;
const algorithms = ["ES384", "RS256"] as const;

/**
 * A token by which others can know the caller: signed by the caller's account, verifiable by the keys that the account
 * publishes (IAM User Guide, "Understanding token claims").
 */
export const getWebIdentityToken = (ports: StsPorts): ReadOperation<typeof sts, "GetWebIdentityToken"> => ({
  name: "GetWebIdentityToken",

  authorise(input) {
    const tags = tagsOf(input.Tags);
    const tagged = tagContext(tags, []);
    const { "sts:TransitiveTagKeys": _none, ...context } = tagged;
    const token = {
      action: "sts:GetWebIdentityToken",
      resource: "*",
      context: {
        ...context,
        "sts:DurationSeconds": String(input.DurationSeconds ?? defaultSeconds),
        "sts:IdentityTokenAudience": input.Audience,
        "sts:SigningAlgorithm": input.SigningAlgorithm,
      },
    };
    if (tags.length === 0) return [token];
    return [token, { action: "sts:TagGetWebIdentityToken", resource: "*", context }];
  },

  async read(ctx, input) {
    const { principal, account, region, now, random, rows } = ctx;
    const algorithm = algorithms.find((one) => one === input.SigningAlgorithm);
    if (algorithm === undefined) {
      throw new Fault(
        "ValidationError",
        "1 validation error detected: Value at 'signingAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [RS256, ES384]",
      );
    }
    const issuer = await ports.outboundIssuer(rows, account);
    if (issuer === undefined) {
      throw new Fault(
        "OutboundWebIdentityFederationDisabledException",
        "The outbound web identity federation feature is not enabled for this account.",
      );
    }
    const { tags } = sessionTags(tagsOf(input.Tags), [], undefined);
    const issued = Math.floor(now / second);
    const expires = issued + (input.DurationSeconds ?? defaultSeconds);
    const session = "session" in principal ? principal.session : undefined;
    if (session !== undefined && expires * second > session.expiresAt) {
      throw new Fault(
        "SessionDurationEscalationException",
        "The requested token duration would extend the session beyond its original expiration time.",
      );
    }
    const subject = subjectOf(principal);
    const standing = await ports.directory.standing(rows, principal);
    const [audience, ...more] = input.Audience;
    const claims = {
      iss: issuer.address,
      aud: more.length === 0 ? audience : input.Audience,
      sub: subject,
      iat: issued,
      exp: expires,
      jti: uuid(random),
      "https://sts.amazonaws.com/": {
        aws_account: account,
        source_region: region,
        principal_id: subject,
        org_id: await ports.organizationId(rows, account),
        source_identity: session?.sourceIdentity,
        federated_provider: session?.federatedProvider,
        original_session_exp: session && new Date(session.expiresAt).toISOString(),
        principal_tags: byKey(standing?.tags ?? []),
        request_tags: byKey(tags),
      },
    };
    if (Buffer.byteLength(JSON.stringify(claims)) > largestPayload) {
      throw new Fault(
        "JWTPayloadSizeExceededException",
        "The requested token payload size exceeds the maximum allowed size.",
      );
    }
    return { WebIdentityToken: issuer.sign(algorithm, claims), Expiration: new Date(expires * second) };
  },
});

/** AWS: the role, not its session, is what the token is about. */
function subjectOf(principal: Principal): string {
  if (principal.type === "AssumedRole") return principal.roleArn;
  if ("arn" in principal) return principal.arn;
  throw new Fault("AccessDenied", "Cannot call GetWebIdentityToken without an identity.", { status: 403 });
}

function byKey(tags: readonly Tag[]): Readonly<Record<string, string>> | undefined {
  return tags.length === 0 ? undefined : Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}
