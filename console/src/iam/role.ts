import type { Role } from "@aws-sdk/client-iam";

/** Whether only a service may change or use the role. */
export const isServiceLinked = ({ Path }: Pick<Role, "Path">): boolean =>
  Path?.startsWith("/aws-service-role/") === true;

/** Whom the trust policy lets take the role, in words. */
export function trustedBy({ AssumeRolePolicyDocument: document }: Role): string {
  const policy = readPolicy(document ?? "");
  const named = (policy?.Statement ?? []).flatMap(({ Principal: who }) => {
    if (who === undefined) return [];
    if (typeof who === "string") return [who === "*" ? "Anybody" : who];
    return Object.entries(who).flatMap(([kind, names]) =>
      [names].flat().map((name) => (kind === "Service" ? name : `${kind}: ${name}`)),
    );
  });
  return [...new Set(named)].join(", ");
}

interface TrustPolicy {
  readonly Statement: readonly {
    readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  }[];
}

/** IAM answers documents in the coding of URLs. */
export function decodeDocument(document: string): string {
  try {
    return decodeURIComponent(document);
  } catch {
    return document;
  }
}

function readPolicy(document: string): TrustPolicy | undefined {
  try {
    const { Statement: statement } = JSON.parse(decodeDocument(document)) as {
      readonly Statement?: TrustPolicy["Statement"] | TrustPolicy["Statement"][number];
    };
    return { Statement: [statement ?? []].flat() as TrustPolicy["Statement"] };
  } catch {
    return undefined;
  }
}
