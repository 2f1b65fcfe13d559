import type { AccountId } from "../../kernel/brand.ts";
import { globalRegion } from "../../kernel/region.ts";
import type { Tx } from "../../store/types.ts";
import { route53Principal } from "./principal.ts";

/** The queue that says that names may answer otherwise than before. */
export const namesQueue = "route53.names";

/** Has DNS look anew, once the transaction has committed. Many changes are one job. */
export async function namesChanged(tx: Tx, account: AccountId): Promise<void> {
  await tx.enqueue({
    queue: namesQueue,
    key: "changed",
    account,
    region: globalRegion,
    servicePrincipal: route53Principal,
    payload: null,
  });
}
