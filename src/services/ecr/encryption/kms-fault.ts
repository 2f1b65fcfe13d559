import { Fault, isFault } from "../../../kernel/fault.ts";

/** No refusals of a key. */
const own: ReadonlySet<string> = new Set(["InternalFailure", "ThrottlingException", "KmsException"]);

/**
 * What KMS refused, as ECR answers it: `KmsException`, whose `kmsError` is KMS's code (API Reference, "Errors" of
 * CreateRepository). The text is KMS's own. Anything that is no refusal of KMS is given back as it is.
 */
export function kmsException(error: unknown): unknown {
  if (!isFault(error) || own.has(error.code)) return error;
  const kmsError = error.code === "AccessDenied" ? "AccessDeniedException" : error.code;
  return new Fault("KmsException", error.message, { members: { kmsError }, cause: error });
}
