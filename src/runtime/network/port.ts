import type { AccountId, Region } from "../../kernel/brand.ts";
import type { TaskSpec } from "../task.ts";
import type { PauseView } from "../task-engine/view.ts";
import type { TrafficPlace } from "./traffic.ts";

/** Sets up and takes down the networks of tasks. */
export interface TaskNetworks {
  /**
   * Makes what will hold the task's network, or finds it: containers can be created in it, none can start yet. Calling
   * again is no error. Throws a `TaskFailure` with the reason when it cannot be had.
   */
  hold(task: TaskSpec): Promise<TaskNetwork>;
  /** Brings up what was held: then containers can start. Again is no error. Throws a `TaskFailure` as `hold`. */
  attach(task: TaskSpec, held: TaskNetwork): Promise<TaskNetwork>;
  /** Takes the task's network down. Nothing to take down is no error. */
  detach(taskArn: string): Promise<void>;
  /** Other traffic may pass in a VPC than before: brings the rules of its tasks up to date, where there are any. */
  trafficChanged(network: TrafficPlace): Promise<void>;
  /** Removes networks that no task is in any more: what a crash left behind. */
  sweep(): Promise<void>;
  /** Lets go; what was made stays. */
  close(): Promise<void>;
}

/** The network of a task whose containers are about to be created. */
export interface TaskNetwork {
  /** `HostConfig.NetworkMode` of the task's containers: `container:<id>`, `bridge`, `host` or `none`. */
  readonly mode: string;
  /** The container that holds the network namespace. When it stops, the task has lost its network. */
  readonly pause?: PauseView;
}

/**
 * A door from inside a task's network to this process: whoever connects to 169.254.170.2 at `port` is talking to the
 * server that listens on `socket`, a file in the relay folder.
 */
export interface Relay {
  /** 80 for credentials and metadata. */
  readonly port: number;
  /** A file name without a path: `endpoint.sock`. */
  readonly socket: string;
}

/**
 * Opens what answers questions of DNS for a VPC. Again is no error.
 * @returns the common name of two files in the relay folder, to which `.tcp` and `.udp` are added.
 */
export type OpenVpcNames = (vpc: {
  readonly account: AccountId;
  readonly region: Region;
  readonly vpcId: string;
}) => Promise<string>;
