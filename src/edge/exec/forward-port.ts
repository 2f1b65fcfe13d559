import type { Duplex } from "node:stream";
import { ExecStreams } from "../../runtime/exec-streams.ts";

/**
 * What a client and a port say to one another, for as many connections as the client opens: each is a stream, and a call
 * of its own.
 * @param call a connection to the port. @param failed hears of a call that came to nothing.
 */
export function forwardPort(call: () => Promise<Duplex>, failed: (error: unknown) => void): ExecStreams {
  return new ExecStreams("server", (stream) => {
    stream.on("error", () => stream.destroy());
    call().then(
      (outside) => join(stream, outside),
      (error: unknown) => {
        stream.destroy();
        failed(error);
      },
    );
  });
}

/** Leads a stream and a connection into each other. AWS: the end of either is the end of both, after what was sent. */
function join(stream: Duplex, outside: Duplex): void {
  outside.on("error", () => outside.destroy());
  outside.once("finish", () => outside.destroy());
  outside.once("close", () => {
    stream.end();
    stream.resume();
  });
  stream.once("close", () => outside.end());
  if (stream.destroyed) outside.destroy();
  stream.pipe(outside);
  outside.pipe(stream);
}
