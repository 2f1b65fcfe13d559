import type { WebSocket } from "ws";
import { second } from "../../kernel/duration.ts";

/** How long the other side may take to say goodbye. */
const patience = second;

/** Closes a socket because this process goes away: its agent comes back at once, here or elsewhere. */
export function closeSocket(socket: WebSocket): Promise<void> {
  if (socket.readyState === socket.CLOSED) return Promise.resolve();
  return new Promise((resolve) => {
    const impatient = setTimeout(() => socket.terminate(), patience);
    socket.once("close", () => {
      clearTimeout(impatient);
      resolve();
    });
    socket.close(1001);
  });
}
