/** What a request says about its signature, well formed but not yet believed. */
export interface Signature {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
  /** When it was signed, ISO 8601 basic: `20150830T123600Z`. Its day is the credential scope's. */
  readonly date: string;
  /** Lower case, in the order given. */
  readonly signedHeaders: readonly string[];
  /** As given; 64 lower-case hex digits if it is to match. */
  readonly signature: string;
  readonly sessionToken?: string;
  /** In the query string rather than in the `Authorization` header. */
  readonly presigned: boolean;
  /** `X-Amz-Expires` of a presigned request. */
  readonly expiresInSeconds?: number;
  /** What `X-Amz-Content-Sha256` announces; `streaming` for a body of chunks (`sigv4-chunks.ts`). */
  readonly payload: "signed" | "unsigned" | "streaming";
  /** `X-Amz-Content-Sha256` as given. */
  readonly contentSha256?: string;
}
