import { deflateRawSync } from "node:zlib";
import { Fault } from "../../kernel/fault.ts";
import type { Tag } from "../../kernel/tags.ts";

/** What a caller hands to a session, beyond the identity behind it. */
export interface SessionBaggage {
  readonly policy?: string;
  readonly policyArns: readonly string[];
  readonly tags: readonly Tag[];
}

/**
 * The space that the packed form may take, in bytes. AWS publishes neither its packing nor its limit; ours deflates,
 * and lets through what an ordinary policy of the 2,048 permitted characters packs to.
 */
const allottedBytes = 1024;

/**
 * How full the packed session policies and tags are, in percent (AssumeRole, `PackedPolicySize`).
 * @throws PackedPolicyTooLarge above 100.
 */
export function packedPolicySize(baggage: SessionBaggage): number {
  if (!hasBaggage(baggage)) return 0;
  const plain = JSON.stringify([
    baggage.policy ?? "",
    baggage.policyArns,
    baggage.tags.map((tag) => [tag.key, tag.value]),
  ]);
  const percent = Math.ceil((deflateRawSync(plain).length * 100) / allottedBytes);
  if (percent > 100) {
    const message = `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`;
    throw new Fault("PackedPolicyTooLarge", message);
  }
  return percent;
}

/** Whether there is anything to pack. */
export function hasBaggage(baggage: SessionBaggage): boolean {
  return baggage.policy !== undefined || baggage.policyArns.length > 0 || baggage.tags.length > 0;
}
