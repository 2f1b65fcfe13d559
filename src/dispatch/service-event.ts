import type { AccountId, Region } from "../kernel/brand.ts";
import type { Tx } from "../store/types.ts";

/** The queue of events that services send to the default event bus of an account and region. */
export const serviceEventQueue = "events.service-events";

/** What happened, as Amazon EventBridge shows it ("AWS service event metadata", EventBridge User Guide). */
export interface ServiceEvent {
  /** `aws.ecr`. */
  readonly source: string;
  /** `ECR Image Action`. */
  readonly detailType: string;
  readonly account: AccountId;
  readonly region: Region;
  /** Epoch milliseconds; events show whole seconds. */
  readonly time: number;
  /** ARNs; none for most events of ECR. */
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

/**
 * Sends an event with the change that it tells of: it leaves if and only if the transaction commits, at least once.
 * @param id the event's id, a UUID made outside the transaction, so that a second run sends the same event.
 */
export async function emitServiceEvent(tx: Tx, id: string, event: ServiceEvent): Promise<void> {
  await tx.enqueue({
    queue: serviceEventQueue,
    key: id,
    account: event.account,
    region: event.region,
    payload: { id, ...event },
  });
}
