/** KMS in its own name. */
export const kmsPrincipal = "kms.amazonaws.com";

/** The queue of keys whose waiting period ends. */
export const keyDeletionQueue = "kms.deletion";

/** The queue of keys whose material is to be renewed. */
export const keyRotationQueue = "kms.rotation";

/** What the job of a key that is to be deleted, or rotated, carries. */
export interface ScheduledJob {
  readonly keyId: string;
  /** Epoch ms: the time that was set. Was it changed meanwhile, the key has another. */
  readonly at: number;
}
