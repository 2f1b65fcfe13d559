import { day } from "../../../kernel/duration.ts";
import type { Principal } from "../../../kernel/principal.ts";
import type { Store } from "../../../store/types.ts";
import type { EcrTables } from "../store.ts";
import { excludableArn, isExcluded } from "./pull-time-exclusions.ts";

/** An image as its pull is noted. */
export interface PulledImage {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
  readonly digest: string;
  readonly last_pulled_at: number | null;
}

/**
 * Notes when images were pulled (`lastRecordedPullTime`), away from the path of the pull itself.
 * AWS: the time is renewed at most once in 24 hours (API Reference, "ImageDetail").
 */
export interface PullRecorder {
  /** Returns at once; `now` is epoch ms. Pulls of principals that the registry excludes are not noted. */
  pulled(image: PulledImage, by: Principal, now: number): void;
  /** Writes what was noted so far. Called at a graceful stop. */
  flush(): Promise<void>;
}

/** How long notes gather before they are written, in ms. A crash loses them, which costs a pull time, no data. */
const gatherFor = 100;

interface Note {
  readonly image: PulledImage;
  /** The role or user that pulled. */
  readonly by: string | undefined;
  readonly now: number;
}

/** Makes a recorder that writes its notes in one transaction per batch. */
export function createPullRecorder(transaction: Store["transaction"]): PullRecorder {
  let noted = new Map<string, Note>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(batch: Iterable<Note>): Promise<void> {
    await transaction(async (tx) => {
      for (const { image, by, now } of batch) {
        if (by !== undefined && (await isExcluded(tx, image, by))) continue;
        await tx
          .tables<EcrTables>()
          .updateTable("ecr_image")
          .set({ last_pulled_at: now })
          .where("account", "=", image.account)
          .where("region", "=", image.region)
          .where("repository", "=", image.repository)
          .where("digest", "=", image.digest)
          .execute();
      }
    });
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const batch = noted;
    noted = new Map();
    if (batch.size > 0) writing = writing.catch(() => undefined).then(() => write(batch.values()));
    return writing;
  }

  return {
    pulled(image, by, now) {
      if (image.last_pulled_at !== null && now - image.last_pulled_at < day) return;
      const arn = excludableArn(by);
      const key = `${image.account}/${image.region}/${image.repository}@${image.digest} ${arn ?? ""}`;
      if (noted.has(key)) return;
      noted.set(key, { image, by: arn, now });
      // A batch that cannot be written is dropped: the next pull of each image notes it again.
      timer ??= setTimeout(() => void flush().catch(() => undefined), gatherFor).unref();
    },
    flush,
  };
}
