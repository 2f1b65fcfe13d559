import { once } from "node:events";
import { createConnection, type Socket } from "node:net";

/** Where a connection goes to. */
export interface DialAddress {
  /** IPv4. */
  readonly address: string;
  readonly port: number;
}

/** How long it may take to reach somebody, in ms; ours. */
const patience = 5_000;

/**
 * A connection from inside a task's network: its pause container calls, so security groups see the task.
 * @param path the file on which the pause container listens.
 * @throws when nobody answers there, or not in time.
 */
export function dial(path: string, { address, port }: DialAddress): Promise<Socket> {
  return inTime(createConnection({ path, allowHalfOpen: true }), (socket) => {
    socket.write(Buffer.from([...address.split(".").map(Number), port >> 8, port & 255]));
    return answered(socket);
  });
}

/** A connection from this machine. @throws when nobody answers there, or not in time. */
export function dialHere({ address, port }: DialAddress): Promise<Socket> {
  return inTime(createConnection({ host: address, port, allowHalfOpen: true }), async () => {});
}

async function inTime(socket: Socket, greet: (socket: Socket) => Promise<void>): Promise<Socket> {
  const late = setTimeout(() => socket.destroy(new Error("the endpoint did not answer in time")), patience);
  try {
    await once(socket, "connect");
    await greet(socket);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

/** Waits for the one byte that says that the call was answered; what follows it stays. */
function answered(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = () => done(new Error("the endpoint refused the connection"));
    const readable = () => {
      if (socket.read(1) !== null) done();
    };
    function done(error?: Error): void {
      socket.off("readable", readable);
      socket.off("end", refused);
      socket.off("close", refused);
      socket.off("error", done);
      if (error === undefined) resolve();
      else reject(error);
    }
    socket.on("readable", readable);
    socket.on("end", refused);
    socket.on("close", refused);
    socket.on("error", done);
  });
}
