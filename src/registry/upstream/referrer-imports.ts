import type { PrepareContext } from "../../dispatch/context.ts";
import { boundedCache } from "../../kernel/bounded-cache.ts";
import type { Digest } from "../../kernel/brand.ts";
import type { Clock } from "../../kernel/clock.ts";
import { minute } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import { imagesAmong } from "../../services/ecr/images/images.ts";
import { UpstreamFailure } from "../../services/ecr/pull-through/faults.ts";
import type { UpstreamReferrers } from "../../services/ecr/pull-through/ports.ts";
import { eachOf } from "./image-import.ts";
import type { Session } from "./session.ts";

/** Referrers of one image that are fetched at once. */
const atOnce = 4;
/** How long an answer of upstream counts, in ms. AWS does not say; a signature that is new upstream is soon wanted. */
const countsFor = minute;
/** Images whose asking is remembered. */
const remembered = 10_000;

export interface ReferrerImportPorts {
  readonly clock: Clock;
  /** Throws `ImageNotFoundException` when the caller may not import. */
  needLeave(ctx: PrepareContext, wanted: UpstreamReferrers): Promise<void>;
  open(ctx: PrepareContext, wanted: UpstreamReferrers): Promise<Session>;
  /** Imports one manifest with all it refers to, and settles when it is stored. */
  bring(session: Session, digest: Digest): Promise<void>;
  /** Keeps sight of work that nobody may be waiting for. */
  watch(work: Promise<unknown>): void;
}

/** Brings signatures and bills of material from upstream when a client asks what refers to an image. */
export interface ReferrerImports {
  /** As `PullThrough.referrers`. */
  bring(ctx: PrepareContext, wanted: UpstreamReferrers): Promise<void>;
  forget(): void;
}

export function createReferrerImports(ports: ReferrerImportPorts): ReferrerImports {
  const running = new Map<string, Promise<void>>();
  /** When upstream last answered about an image, epoch ms. */
  const answered = boundedCache<number>(remembered);

  async function begin(ctx: PrepareContext, wanted: UpstreamReferrers, key: string): Promise<void> {
    const session = await ports.open(ctx, wanted);
    const found = await session.upstream.referrers(session.upstreamRepository, wanted.subject);
    const here = await imagesAmong(ctx.rows, wanted.repository, found);
    const absent = found.filter((digest) => !here.has(digest));
    await eachOf(absent, atOnce, async (digest) => {
      try {
        await ports.bring(session, digest);
      } catch (error) {
        // One that cannot be kept here is told of by its event, and keeps no other from coming.
        if (!isFault(error) || error instanceof UpstreamFailure) throw error;
      }
    });
    answered.set(key, ports.clock.now());
  }

  return {
    async bring(ctx, wanted) {
      const { account, region, name } = wanted.repository;
      const key = [account, region, name, wanted.subject].join(" ");
      if (ports.clock.now() < (answered.get(key) ?? 0) + countsFor) return;
      try {
        await ports.needLeave(ctx, wanted);
      } catch (error) {
        // AWS: without leave to import there is what is cached.
        if (isFault(error, "ImageNotFoundException")) return;
        throw error;
      }
      let work = running.get(key);
      if (work === undefined) {
        work = begin(ctx, wanted, key).finally(() => running.delete(key));
        running.set(key, work);
        ports.watch(work);
      }
      await work;
    },
    forget: () => answered.clear(),
  };
}
