import type { Tx } from "../../store/types.ts";
import type { Certificate } from "./certificate.ts";

/** Jobs of certificates that have others in their place, for what proves itself with them. */
export const certificateQueue = "acm.certificate-changed";

/** Tells what proves itself with a certificate that it is another now. */
export async function certificateChanged(tx: Tx, { arn, account, region }: Certificate): Promise<void> {
  await tx.enqueue({ queue: certificateQueue, key: arn, account, region, payload: { certificateArn: arn } });
}
