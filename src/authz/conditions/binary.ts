import { never, type Operator } from "./operator.ts";

/**
 * `BinaryEquals` (IAM User Guide, "Binary condition operators"): the policy has base64; the request's value, which
 * the context carries as base64 too, is compared byte for byte.
 */
export const binaryOperators: readonly (readonly [string, Operator])[] = [
  [
    "BinaryEquals",
    {
      negated: false,
      compile(policyValue) {
        const wanted = readBase64(policyValue);
        if (wanted === undefined) return never;
        return (requestValue) => readBase64(requestValue)?.equals(wanted) ?? false;
      },
    },
  ],
];

/** Reads standard base64 with its padding. */
export function readBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}
