/**
 * What a task holds of a container instance, in the agent's own arithmetic: placing by another one would leave tasks
 * waiting in its queue, where the first that does not fit blocks all behind it.
 */
export interface Reservation {
  /** CPU units: 1,024 a core. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  /** Fixed host ports. */
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
  readonly gpus: number;
}
