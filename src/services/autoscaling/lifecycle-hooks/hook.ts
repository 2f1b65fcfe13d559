/** A point in an instance's life at which it waits for somebody ("Amazon EC2 Auto Scaling lifecycle hooks", User Guide). */
export interface LifecycleHook {
  readonly name: string;
  readonly transition: "autoscaling:EC2_INSTANCE_LAUNCHING" | "autoscaling:EC2_INSTANCE_TERMINATING";
  /** Seconds. */
  readonly heartbeat: number;
  readonly defaultResult: "CONTINUE" | "ABANDON";
  readonly metadata?: string;
  readonly roleArn?: string;
}

/** AWS: an instance can be kept waiting for 48 hours, or a hundred times the heartbeat timeout, whichever is smaller. */
export function globalTimeoutOf({ heartbeat }: Pick<LifecycleHook, "heartbeat">): number {
  return Math.min(172_800, heartbeat * 100);
}
