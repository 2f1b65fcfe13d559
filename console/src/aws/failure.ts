/** A call that failed, as the person sees it. */
export interface Failure {
  /** AWS's error code. */
  readonly code: string;
  readonly message: string;
  /** By which the decision behind a refusal is found; absent when no answer came. */
  readonly requestId?: string;
}

/** Codes that mean: these permissions do not suffice. */
const refusals = new Set([
  "AccessDenied",
  "AccessDeniedException",
  "UnauthorizedOperation",
  "UnauthorizedOperationException",
]);

/** Codes that mean: these credentials are over. */
const endings = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
]);

/** What an error of the SDK says. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { code: "Error", message: String(error) };
  const { $metadata: metadata } = error as { readonly $metadata?: { readonly requestId?: string } };
  if (error.name === "TypeError") {
    return { code: "NoAnswer", message: "Roadstead does not answer. Is it still running?" };
  }
  return { code: error.name, message: error.message, requestId: metadata?.requestId };
}

export const isRefusal = ({ code }: Failure): boolean => refusals.has(code);

export const isEndOfSession = ({ code }: Failure): boolean => endings.has(code);
