import { isAccountId } from "../../../kernel/account.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import { hour } from "../../../kernel/duration.ts";
import { isRegion } from "../../../kernel/region.ts";
import type { Sealer } from "../../../store/types.ts";

/** What a join token stands for: that whoever has it may be this instance, once. */
export interface Joining {
  readonly account: AccountId;
  readonly region: Region;
  readonly instance: string;
}

/** Ours. A new one can be read at any time, as long as the instance waits. */
const joinTokenLife = hour;

const purpose = "ec2.join";

/** Makes a token. It is kept nowhere: it says by itself, sealed, what it is for. */
export function makeJoinToken(sealer: Sealer, { account, region, instance }: Joining, now: number): string {
  return sealer.seal(purpose, JSON.stringify([account, region, instance, now + joinTokenLife]));
}

/** Opens a token; `undefined` for one that is not ours, or too old. */
export function openJoinToken(sealer: Sealer, token: string, now: number): Joining | undefined {
  const text = sealer.open(purpose, token);
  if (text === undefined) return undefined;
  const [account, region, instance, until] = JSON.parse(text) as readonly unknown[];
  if (typeof account !== "string" || typeof region !== "string" || typeof instance !== "string") return;
  if (!isAccountId(account) || !isRegion(region) || typeof until !== "number" || until <= now) return;
  return { account, region, instance };
}
