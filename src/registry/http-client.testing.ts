import { type IncomingHttpHeaders, request } from "node:http";
import { connect } from "node:net";
import { goodCredentials } from "./fake-registry.testing.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface Asking {
  /** A header that is `undefined` is left out: `{ authorization: undefined }` asks without credentials. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Buffer | string;
}

/** One request with the good credentials, on a connection of its own. */
export function ask(url: string, method: string, path: string, asking: Asking = {}): Promise<Answer> {
  const headers = Object.fromEntries(
    Object.entries({ authorization: goodCredentials, ...asking.headers }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return new Promise((resolve, reject) => {
    // The path goes out as it is: `new URL` would tidy what a hostile client does not.
    const { hostname, port } = new URL(url);
    const call = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const bytes = Buffer.concat(parts);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          text: bytes.toString("utf8"),
        });
      });
      response.on("error", reject);
    });
    call.on("error", reject);
    call.end(asking.body);
  });
}

/** Sends raw text and collects what comes back until the other side closes, or until `enough` says so. */
export function askRaw(
  port: number,
  text: string | Buffer,
  enough: (soFar: string) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let received = "";
    socket.on("data", (part) => {
      received += part.toString("latin1");
      if (enough(received)) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(received));
  });
}
