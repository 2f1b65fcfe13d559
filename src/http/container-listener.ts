import type { Server } from "node:http";
import { Fault } from "../kernel/fault.ts";
import { createListener, type ListenerPorts } from "./server.ts";

/** What containers may reach: the AWS APIs and the registries, never the routes of operators, agents and other sites. */
export type ContainerListenerPorts = Omit<
  ListenerPorts,
  "certificate" | "admin" | "hosts" | "sites" | "upgrade"
>;

/**
 * The listener that containers of tasks reach. It is handed an `aws` handler that knows no bootstrap keys: what runs in
 * a container has the task's role or nothing. No TLS: its bytes never leave the machine.
 */
export function createContainerListener(ports: ContainerListenerPorts): Server {
  const refuse = async (): Promise<never> => {
    throw new Fault("AccessDenied", "Containers cannot reach this route.", { status: 403 });
  };
  const upgrade: ListenerPorts["upgrade"] = async (_request, socket) => void socket.destroy();
  return createListener({ ...ports, admin: refuse, hosts: refuse, sites: refuse, upgrade });
}
