/** What can be wrong. Each breaks a promise of the registry; what is merely not needed any more is `Leftovers`. */
export type ProblemKind =
  | "blob-damaged"
  | "blob-missing"
  | "blob-size"
  | "manifest-damaged"
  | "references-wrong"
  | "layer-not-linked"
  | "image-missing"
  | "link-misjudged"
  | "without-image"
  | "without-repository";

/** One thing that is wrong. */
export interface Problem {
  readonly kind: ProblemKind;
  /** `<account>.<region>/<repository>`, where it is of one. */
  readonly repository?: string;
  /** What it is about: a digest, a tag. */
  readonly subject: string;
  readonly detail: string;
}

/** What nothing names: the collector's, once it is old enough. */
export interface Leftovers {
  readonly links: number;
  readonly blobs: number;
  /** Of these blobs. */
  readonly bytes: number;
  readonly uploads: number;
}

/** Blobs that were not read for one reason. */
export interface Unread {
  readonly why: string;
  readonly blobs: number;
}

/** What was looked at, and what was found. */
export interface Verification {
  readonly repositories: number;
  readonly images: number;
  readonly links: number;
  /** Blobs that were read from the first byte to the last. */
  readonly blobs: number;
  readonly bytes: number;
  /** Blobs of repositories with a KMS key, whose presence and size was looked at. */
  readonly encryptedBlobs: number;
  /** Those among them that could not be read, and why not. */
  readonly unread: readonly Unread[];
  readonly problems: readonly Problem[];
  /** More problems were found than are listed. */
  readonly more: boolean;
  readonly leftovers: Leftovers;
}

/** One problem in a line: also how two looks at the same thing are told to agree. */
export function problemLine({ kind, repository, subject, detail }: Problem): string {
  return `${kind}: ${repository === undefined ? "" : `${repository} `}${subject}: ${detail}`;
}
