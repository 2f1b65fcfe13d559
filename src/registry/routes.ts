/**
 * What a path under `/v2/<registry>/` names (OCI distribution-spec, "Endpoints"):
 *
 *   <name>/manifests/<reference>      end-2, end-3, end-7, end-9
 *   <name>/blobs/<digest>             end-2, end-10
 *   <name>/blobs/uploads/             end-4, end-11
 *   <name>/blobs/uploads/<session>    end-5, end-6, end-13, end-14
 *   <name>/tags/list                  end-8
 *   <name>/referrers/<digest>         end-12
 */
export type Target =
  | { readonly kind: "ping" }
  | { readonly kind: "catalog" }
  | { readonly kind: "manifest"; readonly repository: string; readonly reference: string }
  | { readonly kind: "blob"; readonly repository: string; readonly digest: string }
  | { readonly kind: "uploads"; readonly repository: string }
  | { readonly kind: "upload"; readonly repository: string; readonly uploadId: string }
  | { readonly kind: "tags"; readonly repository: string }
  | { readonly kind: "referrers"; readonly repository: string; readonly digest: string };

export type TargetKind = Target["kind"];

/**
 * Reads a path from its end, because a repository's name may itself hold `blobs` or `manifests`.
 * What the parts look like is checked by whoever handles them.
 * @param rest the decoded path behind the registry, without a leading slash
 * @returns `undefined` when the path names nothing.
 */
export function parseTarget(rest: string): Target | undefined {
  if (rest === "") return { kind: "ping" };
  if (rest === "_catalog") return { kind: "catalog" };
  if (rest.endsWith("/blobs/uploads")) return uploads(rest.slice(0, -14));
  if (rest.endsWith("/blobs/uploads/")) return uploads(rest.slice(0, -15));
  const last = rest.lastIndexOf("/");
  const before = rest.lastIndexOf("/", last - 1);
  if (before <= 0) return undefined;
  const repository = rest.slice(0, before);
  const word = rest.slice(before + 1, last);
  const value = rest.slice(last + 1);
  if (value === "") return undefined;
  switch (word) {
    case "manifests":
      return { kind: "manifest", repository, reference: value };
    case "blobs":
      return { kind: "blob", repository, digest: value };
    case "referrers":
      return { kind: "referrers", repository, digest: value };
    case "tags":
      return value === "list" ? { kind: "tags", repository } : undefined;
    case "uploads":
      return repository.endsWith("/blobs")
        ? { kind: "upload", repository: repository.slice(0, -6), uploadId: value }
        : undefined;
    default:
      return undefined;
  }
}

function uploads(repository: string): Target | undefined {
  return repository === "" ? undefined : { kind: "uploads", repository };
}
