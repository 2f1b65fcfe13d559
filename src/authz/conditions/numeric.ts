import { never, type Operator, withNegation } from "./operator.ts";

/**
 * `NumericEquals`, `NumericLessThan` … (IAM User Guide, "Numeric condition operators"). Compared as exact decimals.
 * Text that is no number equals nothing, so `NumericNotEquals` is true of it (recorded on AWS).
 */
export const numericOperators: readonly (readonly [string, Operator])[] = [
  ...withNegation(
    "NumericEquals",
    "NumericNotEquals",
    ordering((order) => order === 0),
  ),
  ["NumericLessThan", { negated: false, ...ordering((order) => order < 0) }],
  ["NumericLessThanEquals", { negated: false, ...ordering((order) => order <= 0) }],
  ["NumericGreaterThan", { negated: false, ...ordering((order) => order > 0) }],
  ["NumericGreaterThanEquals", { negated: false, ...ordering((order) => order >= 0) }],
];

/** `accepts` sees the sign of (request value - policy value). */
function ordering(accepts: (order: number) => boolean): Omit<Operator, "negated"> {
  return {
    compile(policyValue) {
      const bound = readDecimal(policyValue);
      if (bound === undefined) return never;
      return (requestValue) => {
        const value = readDecimal(requestValue);
        return value !== undefined && accepts(compareDecimals(value, bound));
      };
    },
  };
}

/** digits × 10^exponent. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

const form = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
/** Longer texts are not numbers that anybody compares; the limit keeps the arithmetic small. */
const longest = 256;

/** Reads a decimal number; whether the text is one is what policy validation asks too. */
export function readDecimal(text: string): Decimal | undefined {
  const match = text.length <= longest ? form.exec(text) : null;
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return undefined;
  const digits = BigInt(whole + fraction);
  return { digits: sign === "-" ? -digits : digits, exponent: Number(exponent) - fraction.length };
}

function compareDecimals(a: Decimal, b: Decimal): number {
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.digits * 10n ** BigInt(a.exponent - exponent);
  const right = b.digits * 10n ** BigInt(b.exponent - exponent);
  return left < right ? -1 : left > right ? 1 : 0;
}
