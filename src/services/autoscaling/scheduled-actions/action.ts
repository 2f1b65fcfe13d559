/** A change of a group's sizes at a time ("Scheduled scaling for Amazon EC2 Auto Scaling", User Guide). */
export interface ScheduledAction {
  readonly name: string;
  /** A UUID. */
  readonly id: string;
  /** Epoch ms. */
  readonly start?: number;
  readonly end?: number;
  /** Unix cron with five fields. */
  readonly recurrence?: string;
  /** IANA; UTC when left out. */
  readonly timeZone?: string;
  readonly min?: number;
  readonly max?: number;
  readonly desired?: number;
  /** Epoch ms: when it is carried out next; absent when it never is again. */
  readonly next?: number;
}
