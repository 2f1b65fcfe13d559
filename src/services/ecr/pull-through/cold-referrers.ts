import type { PrepareContext } from "../../../dispatch/context.ts";
import type { Digest } from "../../../kernel/brand.ts";
import { isDigest } from "../../../kernel/digest.ts";
import type { RepositoryKey } from "../arn.ts";
import { type ReferrersPage, type ReferrersQuery, referrersOf } from "../images/referrers.ts";
import type { EcrPorts } from "../ports.ts";
import { isPullThrough } from "./cold-pull.ts";
import { UpstreamFailure } from "./faults.ts";
import { findRule } from "./rule.ts";

/**
 * The referrers of an image. Where a pull through cache rule covers the repository, those that upstream has come first
 * (AWS: since April 2026 signatures and bills of material are cached when somebody asks for them).
 * @throws Fault `UpstreamFailure`'s codes when upstream does not say and none are cached.
 */
export async function referrersWithUpstream(
  ports: EcrPorts,
  ctx: PrepareContext,
  repository: RepositoryKey,
  query: ReferrersQuery,
): Promise<ReferrersPage> {
  const { subject } = query;
  const begins = query.after === undefined && isDigest(subject);
  const failure = begins ? await bring(ports, ctx, repository, subject) : undefined;
  const page = await referrersOf(ctx.rows, repository, query);
  if (failure !== undefined && page.referrers.length === 0) throw failure;
  return page;
}

/** @returns what kept them from coming. */
async function bring(
  { pullThrough }: EcrPorts,
  ctx: PrepareContext,
  repository: RepositoryKey,
  subject: Digest,
): Promise<UpstreamFailure | undefined> {
  if (pullThrough === undefined || isPullThrough(ctx)) return undefined;
  const rule = await findRule(ctx.rows, repository);
  if (rule === undefined) return undefined;
  try {
    await pullThrough.referrers(ctx, { repository, rule, subject });
    return undefined;
  } catch (error) {
    if (error instanceof UpstreamFailure) return error;
    throw error;
  }
}
