/** How deep any document or dotted key may nest. */
export const maxDepth = 32;

/** Names and values a form may hold. The largest legitimate EC2 requests stay far below. */
export const maxFormFields = 20_000;

const mebibyte = 1024 * 1024;
const defaultMaxBody = mebibyte;

/** Operations whose bodies may exceed the default, in bytes, as they stand on the wire. */
const maxBodies: Readonly<Record<string, number>> = {
  // AWS: a layer part is at most 20 MiB (ECR API Reference, "UploadLayerPart"), which base64 makes 26.7 MiB.
  "ecr:UploadLayerPart": 28 * mebibyte,
  // A manifest is at most 4,194,304 characters, each of which JSON may escape.
  "ecr:PutImage": 9 * mebibyte,
  "logs:PutLogEvents": 2 * mebibyte,
  // AWS: the entries of a call hold up to 1 MiB, whose quotes JSON escapes.
  "events:PutEvents": 2 * mebibyte,
};

/** The largest form, in bytes: it must be read before its operation is known. */
export const maxFormBody = defaultMaxBody;

/** The largest request body of an operation, in bytes; the same bound holds for what a compressed body expands to. */
export function maxBodyOf(signingName: string, operation: string): number {
  return maxBodies[`${signingName}:${operation}`] ?? defaultMaxBody;
}
