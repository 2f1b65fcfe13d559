import type { Digest } from "../../kernel/brand.ts";
import { isFault } from "../../kernel/fault.ts";
import { readManifest } from "../../services/ecr/images/manifest.ts";
import { ociIndex } from "../../services/ecr/images/media-type.ts";
import { UpstreamFailure } from "../../services/ecr/pull-through/faults.ts";

/** Referrers of one image that are brought; upstream may have more. */
export const mostReferrers = 1000;

/** The tag under which registries without the referrers API keep the same index (distribution-spec, "Referrers Tag Schema"). */
export function referrersTag(subject: Digest): string {
  return subject.replace(":", "-").slice(0, 128);
}

/** The digests in an index of referrers. Throws `UpstreamFailure` for what is no index. */
export function referrersIn(bytes: Buffer): readonly Digest[] {
  try {
    return readManifest(bytes, ociIndex).children.map(({ digest }) => digest);
  } catch (error) {
    if (isFault(error)) throw new UpstreamFailure("UpstreamUnavailable", error);
    throw error;
  }
}

/** The path of the next page behind `/v2/`, of the same registry (RFC 8288); `undefined` when there is none. */
export function nextPage(link: string | undefined, base: URL): string | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link ?? "")?.[1];
  if (target === undefined || !URL.canParse(target, base.href)) return undefined;
  const { origin, pathname, search } = new URL(target, base.href);
  return origin === base.origin && pathname.startsWith("/v2/") ? `${pathname.slice(4)}${search}` : undefined;
}
