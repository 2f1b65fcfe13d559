import { join } from "node:path";
import { createForwarder, type ForwarderPorts } from "./forwarder.ts";
import { createKnownNames, type KnownNamesPorts } from "./known-names.ts";
import { type Listener, listenOnFiles, listenOnPort } from "./listener.ts";
import type { Rcode } from "./message.ts";
import type { Asker } from "./name-source.ts";
import { createResponder } from "./responder.ts";

/** What DNS is made with. */
export interface DnsPorts extends KnownNamesPorts, ForwarderPorts {
  readonly onError: (error: unknown) => void;
}

/** Roadstead's DNS. */
export interface Dns {
  /** Answers programs of this machine. @param port 0 for a free one. @returns the port. */
  listen(host: string, port: number): Promise<number>;
  /**
   * Answers the tasks of a VPC at files of a folder; again is no error.
   * @returns their common name: `.tcp` and `.udp` follow it.
   */
  openVpc(folder: string, asker: Extract<Asker, { kind: "vpc" }>): Promise<string>;
  /** What the name servers of a zone answer: a code, and the values on the wire. */
  test(
    zone: string,
    name: string,
    type: number,
  ): Promise<{ readonly code: Rcode; readonly rdata: readonly Buffer[] }>;
  close(): Promise<void>;
}

export function createDns(ports: DnsPorts): Dns {
  const names = createKnownNames(ports);
  const responder = createResponder({ names, forwarder: createForwarder(ports), onError: ports.onError });
  const listeners: Listener[] = [];
  const vpcs = new Map<string, Promise<string>>();

  async function open(folder: string, name: string, asker: Asker): Promise<string> {
    const path = join(folder, name);
    listeners.push(await listenOnFiles(responder, asker, { tcp: `${path}.tcp`, udp: `${path}.udp` }));
    return name;
  }

  return {
    async listen(host, port) {
      const listener = await listenOnPort(responder, host, port);
      listeners.push(listener);
      return listener.port;
    },
    openVpc(folder, asker) {
      const name = `dns-${asker.region}-${asker.vpcId}`;
      const path = join(folder, name);
      let opening = vpcs.get(path);
      if (opening === undefined) {
        opening = open(folder, name, asker);
        vpcs.set(path, opening);
        opening.catch(() => vpcs.delete(path));
      }
      return opening;
    },
    async test(zone, name, type) {
      const { rcode, answers } = await names.findIn(zone, { name, type });
      return {
        code: rcode,
        rdata: answers.filter((record) => record.type === type).map(({ rdata }) => rdata),
      };
    },
    async close() {
      names.close();
      // Closing again is no error: what is closed is forgotten.
      await Promise.all(listeners.splice(0).map((listener) => listener.close()));
    },
  };
}
