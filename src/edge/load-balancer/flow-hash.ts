/** FNV-1a over 32 bits, mixed at the end so that texts that differ in their last sign differ everywhere. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    hash ^= text.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash >>> 0;
}

/**
 * The target of a flow: always the same while it is there, and few flows move when others come or go (rendezvous
 * hashing). Pure. Source: Elastic Load Balancing User Guide, "What is a Network Load Balancer": "selects a target using
 * a flow hash algorithm".
 * @param flow protocol, addresses and ports; the source address alone for stickiness by source.
 */
export function targetOfFlow<T extends { readonly tag: string }>(
  routable: readonly T[],
  flow: string,
): T | undefined {
  let best: T | undefined;
  let most = -1;
  for (const target of routable) {
    const weight = hash32(`${flow}|${target.tag}`);
    if (weight > most) {
      most = weight;
      best = target;
    }
  }
  return best;
}
