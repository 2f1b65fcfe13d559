import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { Arrival } from "./application-listener.ts";
import { targetOfFlow } from "./flow-hash.ts";
import type { ClientEnd } from "./forwarded-fields.ts";
import type { FinishedFlow, FlowRoutes } from "./network-listener.ts";
import { type End, proxyHeader } from "./proxy-protocol.ts";
import type { CarriedTarget } from "./targets.ts";

export interface DatagramListenerPorts {
  now(): number;
  connected(client: ClientEnd): void;
  finished(flow: FinishedFlow): void;
}

/** AWS: how long a flow of UDP may be silent, in milliseconds. */
const idleTimeout = 120_000;
/** Ours: flows at once, so that a flood of forged addresses takes bounded memory. */
const mostFlows = 16_384;
/** Ours: datagrams that wait until a flow's socket is there. */
const mostQueued = 64;

interface Flow {
  readonly socket: Socket;
  readonly target: CarriedTarget;
  readonly client: End;
  readonly startedAt: number;
  readonly handle: { destroy(): void };
  /** What came before the socket was connected; undefined afterwards. */
  queued: Buffer[] | undefined;
  timer: NodeJS.Timeout;
  received: number;
  sent: number;
}

/** A listener of a network load balancer for UDP: a flow is a client's address and port. */
export class DatagramListener {
  readonly #ports: DatagramListenerPorts;
  readonly #flows = new Map<string, Flow>();
  #routes: FlowRoutes;

  constructor(routes: FlowRoutes, ports: DatagramListenerPorts) {
    this.#routes = routes;
    this.#ports = ports;
  }

  get connections(): number {
    return this.#flows.size;
  }

  update(routes: FlowRoutes): void {
    this.#routes = routes;
  }

  close(): void {
    for (const flow of [...this.#flows.values()]) flow.handle.destroy();
  }

  /** A datagram came to one of the places that the listener is at. */
  take(message: Buffer, from: RemoteInfo, place: Socket, arrival: Arrival): void {
    const { address: own, port } = place.address();
    const key = `${own}|${from.address}|${from.port}`;
    const flow = this.#flows.get(key) ?? this.#begin(key, from, { address: own, port }, place, arrival);
    if (flow === undefined) return;
    flow.timer.refresh();
    flow.received += message.length;
    if (flow.queued === undefined) flow.socket.send(message);
    else if (flow.queued.length < mostQueued) flow.queued.push(message);
  }

  #begin(key: string, from: End, to: End, place: Socket, { zone, localAddress }: Arrival): Flow | undefined {
    const { group } = this.#routes;
    if (group === undefined || this.#flows.size >= mostFlows) return undefined;
    const bySource = group.settings.stickiness?.type === "source_ip";
    const name = bySource ? from.address : `udp|${from.address}|${from.port}|${to.address}|${to.port}`;
    const target = targetOfFlow(group.routable(zone), name);
    if (target === undefined) return undefined;
    const socket = createSocket(isIPv6(target.address) ? "udp6" : "udp4");
    const handle = { destroy: () => this.#end(key) };
    const flow: Flow = {
      ...{
        socket,
        target,
        client: { address: from.address, port: from.port },
        handle,
        received: 0,
        sent: 0,
        startedAt: this.#ports.now(),
      },
      queued: group.settings.proxyProtocol ? [proxyHeader("udp", from, to)] : [],
      timer: setTimeout(() => handle.destroy(), idleTimeout),
    };
    flow.timer.unref();
    this.#flows.set(key, flow);
    this.#ports.connected(flow.client);
    target.flows.add(handle);
    target.outstanding += 1;
    socket.on("error", () => handle.destroy());
    socket.on("message", (message) => {
      flow.timer.refresh();
      flow.sent += message.length;
      place.send(message, from.port, from.address);
    });
    // A connected socket takes answers of its target only.
    socket.bind({ address: localAddress ?? (isIPv6(target.address) ? "::" : "0.0.0.0") }, () =>
      socket.connect(target.port, target.address, () => {
        for (const message of flow.queued ?? []) socket.send(message);
        flow.queued = undefined;
      }),
    );
    return flow;
  }

  #end(key: string): void {
    const flow = this.#flows.get(key);
    if (flow === undefined) return;
    this.#flows.delete(key);
    clearTimeout(flow.timer);
    flow.socket.close();
    const { target, client, startedAt, received, sent } = flow;
    target.flows.delete(flow.handle);
    target.outstanding -= 1;
    const { group } = this.#routes;
    this.#ports.finished({ startedAt, client, group, target, received, sent, resetBy: undefined });
  }
}
