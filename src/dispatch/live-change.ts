/** A committed change as the console hears of it: enough to read again what it touched, and nothing else. */
export interface LiveChange {
  readonly id: string;
  /** When it was committed or, of a call, when it began; epoch ms. */
  readonly at: number;
  /** The service: `ecs`. */
  readonly service: string;
  /** The operation, or the detail type of an event: `StopTask`, `ECS Task State Change`. */
  readonly name: string;
  /** ARNs; may be none. */
  readonly resources: readonly string[];
}
