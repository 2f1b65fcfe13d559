import type { TrafficObserver } from "./ports.ts";

/** Several who want to know of traffic, as one. */
export function observers(all: readonly TrafficObserver[]): TrafficObserver {
  return {
    exchange(at, exchange) {
      for (const one of all) one.exchange(at, exchange);
    },
    unreadable(at, status, client) {
      for (const one of all) one.unreadable(at, status, client);
    },
    flow(at, flow) {
      for (const one of all) one.flow(at, flow);
    },
    handshakeFailed(at) {
      for (const one of all) one.handshakeFailed(at);
    },
    connected(at, client) {
      for (const one of all) one.connected(at, client);
    },
  };
}
