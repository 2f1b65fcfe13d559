/** A time as IAM answers it: IAM knows whole seconds only. */
export function wholeSeconds(epochMs: number): Date {
  return new Date(epochMs - (epochMs % 1000));
}
