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
        // Of the same bytes there is one such text, so texts are compared.
        return isBase64(policyValue) ? (requestValue) => requestValue === policyValue : never;
      },
    },
  ],
];

/** Whole groups of four, the last one padded, its unused bits 0 (RFC 4648, section 4). */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;

/** Whether it is standard base64 with its padding, as bytes are written in only one way. */
export function isBase64(text: string): boolean {
  return base64.test(text);
}
