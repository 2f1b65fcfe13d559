import type { PrincipalSyntax, StatementSyntax } from "../authz/parse/document.ts";
import type { Finding } from "./policy-finding.ts";

/** Forms of principals (IAM User Guide, "AWS JSON policy elements: Principal"). */
const forms: Readonly<Record<Exclude<PrincipalSyntax["type"], "*">, readonly RegExp[]>> = {
  AWS: [
    /^\*$/,
    /^\d{12}$/,
    /^A(?:ID|RO)A[A-Z0-9]{16,}$/,
    /^arn:aws[a-z-]*:iam::\d{12}:(?:root|(?:user|role)\/[\w+=,.@/-]+)$/,
    /^arn:aws[a-z-]*:sts::\d{12}:assumed-role\/[\w+=,.@-]+\/[\w+=,.@-]+$/,
    /^arn:aws[a-z-]*:sts::\d{12}:(?:federated-user\/[\w+=,.@-]+|self)$/,
  ],
  Service: [/^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com(?:\.cn)?$/],
  Federated: [
    /^\*$/,
    /^arn:aws[a-z-]*:iam::\d{12}:(?:saml-provider|oidc-provider)\/.+$/,
    /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/,
  ],
  CanonicalUser: [/^[0-9a-f]{64}$/],
};

/** Principals that can never be anybody. */
export function checkPrincipals({ principal }: StatementSyntax): readonly Finding[] {
  return (principal?.values ?? []).flatMap(({ type, value }): Finding[] => {
    if (type === "*" || forms[type].some((form) => form.test(value))) return [];
    const why =
      type === "AWS" && value.includes("*") && value !== "*"
        ? "a wildcard stands for every principal or for none: use a condition on aws:PrincipalArn"
        : `it is not the form of ${described[type]}`;
    return [{ level: "error", rule: "malformed-principal", message: `${type} ${value}: ${why}` }];
  });
}

const described: Readonly<Record<Exclude<PrincipalSyntax["type"], "*">, string>> = {
  AWS: "an account, user, role, session or unique id",
  Service: "a service principal (ecr.amazonaws.com)",
  Federated: "an identity provider",
  CanonicalUser: "a canonical user id (64 hex digits)",
};
