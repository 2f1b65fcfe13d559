import type { Json } from "../../kernel/json.ts";
import { isJsonObject } from "../../kernel/json.ts";
import type { Tag } from "../../kernel/tags.ts";
import type { OidcProvider } from "./ports.ts";
import { invalid, missing, type WebIdentityToken } from "./web-identity-token.ts";

/** Who a verified token is about, and what it hands to the session. */
export interface WebIdentity {
  /** `sub`. */
  readonly subject: string;
  /** The client id for which the provider made the token. */
  readonly audience: string;
  readonly tags: readonly Tag[];
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
  /** `<issuer>:aud`, `<issuer>:sub` and the others that trust policies may ask for. */
  readonly context: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/**
 * Claims besides `aud`, `sub` and `amr` that become condition keys, by issuer (Service Authorization Reference, "AWS
 * STS": AssumeRoleWithWebIdentity).
 */
const documentedClaims: readonly { readonly issuer: RegExp; readonly claims: readonly string[] }[] = [
  {
    issuer: /^(token\.actions\.githubusercontent\.com(\/|$)|token\.actions\.[\w.-]+\.ghe\.com$)/,
    claims: [
      "actor",
      "actor_id",
      "enterprise_id",
      "environment",
      "job_workflow_ref",
      "ref",
      "repository",
      "repository_id",
      "repository_owner_id",
      "workflow",
    ],
  },
  {
    issuer: /^gitlab\.com$/,
    claims: [
      "namespace_id",
      "pipeline_source",
      "project_id",
      "ref_protected",
      "runner_environment",
      "user_access_level",
      "user_email",
      "user_id",
      "user_login",
    ],
  },
  {
    issuer: /^agent\.([\w-]+\.)?buildkite\.(com|dev|site)$/,
    claims: [
      "build_branch",
      "cluster_id",
      "cluster_name",
      "organization_id",
      "organization_slug",
      "pipeline_id",
      "pipeline_slug",
    ],
  },
  { issuer: /^oidc\.circleci\.com\/org\//, claims: ["oidc.circleci.com/project-id"] },
  { issuer: /^idcs-[\w-]+\.identity\.oraclecloud\.com$/, claims: ["rpst_id"] },
];

/**
 * Reads a token that the provider has signed.
 * @throws InvalidIdentityToken for a subject or audience that is missing, or an audience that is none of the provider's.
 */
export function webIdentity({ claims }: WebIdentityToken, provider: OidcProvider): WebIdentity {
  const { sub: subject, azp, amr } = claims;
  if (typeof subject !== "string" || subject === "") throw missing("sub");
  const given = strings(claims.aud);
  if (given.length === 0) throw missing("aud");
  // AWS: the party that a token was made for, where it is named, is the audience that counts.
  const audiences = typeof azp === "string" ? [azp] : given;
  const audience = audiences.find((one) => provider.clientIds.includes(one));
  if (audience === undefined) throw invalid("Incorrect token audience");
  const key = (claim: string) => `${provider.url}:${claim}`;
  const documented = documentedClaims.filter(({ issuer }) => issuer.test(provider.url));
  return {
    subject,
    audience,
    ...sessionClaims(claims),
    context: {
      ...Object.fromEntries(
        documented.flatMap((one) => one.claims.map((claim) => [key(claim), some(strings(claims[claim]))])),
      ),
      [key("aud")]: audiences,
      [key("sub")]: subject,
      [key("amr")]: some(strings(amr)),
    },
  };
}

const tagsClaim = "https://aws.amazon.com/tags";

/** Session tags and source identity (IAM User Guide, "Passing session tags using AssumeRoleWithWebIdentity"). */
function sessionClaims(
  claims: WebIdentityToken["claims"],
): Pick<WebIdentity, "tags" | "transitiveTagKeys" | "sourceIdentity"> {
  const nested = claims[tagsClaim];
  const given = isJsonObject(nested) ? nested : {};
  const flat = Object.entries(claims).flatMap(([name, value]) =>
    name.startsWith(`${tagsClaim}/principal_tags/`)
      ? [[name.slice(`${tagsClaim}/principal_tags/`.length), value] as const]
      : [],
  );
  const tags = [
    ...(isJsonObject(given.principal_tags) ? Object.entries(given.principal_tags) : []),
    ...flat,
  ].map(([key, value]) => tagOf(key, value));
  const sourceIdentity = claims["https://aws.amazon.com/source_identity"];
  return {
    tags,
    transitiveTagKeys: [
      ...strings(given.transitive_tag_keys),
      ...strings(claims[`${tagsClaim}/transitive_tag_keys`]),
    ],
    sourceIdentity: typeof sourceIdentity === "string" ? sourceIdentity : undefined,
  };
}

/** A tag's value is a text, or a list of just one. The lengths are those of STS's `Tag`. */
function tagOf(key: string, value: Json | undefined): Tag {
  const [text, ...more] = strings(value);
  const fits = text !== undefined && more.length === 0 && text.length <= 256;
  if (!fits || key === "" || key.length > 128) throw invalid("The session tags in the token are invalid.");
  return { key, value: text };
}

function strings(value: Json | undefined): readonly string[] {
  const values: readonly (Json | undefined)[] = Array.isArray(value) ? value : [value];
  return values.flatMap((one) =>
    typeof one === "string"
      ? [one]
      : typeof one === "number" || typeof one === "boolean"
        ? [String(one)]
        : [],
  );
}

function some(values: readonly string[]): readonly string[] | undefined {
  return values.length === 0 ? undefined : values;
}
