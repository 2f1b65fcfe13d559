import type { CallContext } from "../../../dispatch/context.ts";
import { addressText } from "../cidr.ts";

/**
 * A public address. It is of 198.18.0.0/15, which RFC 2544 keeps for tests of networks: nobody's address on the
 * internet, as none here is reachable from there.
 */
export function newPublicAddress(ctx: CallContext): string {
  return addressText(0xc6120000 + (ctx.random.bytes(4).readUInt32BE() % 2 ** 17));
}
