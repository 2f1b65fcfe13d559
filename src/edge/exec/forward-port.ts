import type { Duplex } from "node:stream";
import { ExecStreams, joinEnds } from "../../runtime/exec-streams.ts";

/**
 * What a client and a port say to one another, for as many connections as the client opens: each is a stream, and a call
 * of its own.
 * @param call a connection to the port. @param failed hears of a call that came to nothing.
 */
export function forwardPort(call: () => Promise<Duplex>, failed: (error: unknown) => void): ExecStreams {
  return new ExecStreams("server", (stream) => {
    stream.on("error", () => stream.destroy());
    call().then(
      (outside) => joinEnds(stream, outside),
      (error: unknown) => {
        stream.destroy();
        failed(error);
      },
    );
  });
}
