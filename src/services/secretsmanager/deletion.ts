/** The queue of secrets whose recovery window ends. */
export const deletionQueue = "secretsmanager.deletion";

/** Secrets Manager in its own name. */
export const secretsManagerPrincipal = "secretsmanager.amazonaws.com";

/** What a deletion's job carries: the secret, and the time that its deletion was set to. */
export interface DeletionJob {
  readonly name: string;
  readonly suffix: string;
  /** Epoch ms. A secret that was restored, or restored and deleted again, has another. */
  readonly purgeAt: number;
}
