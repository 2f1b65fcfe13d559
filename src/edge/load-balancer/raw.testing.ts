import { connect } from "node:net";

/** What comes back on a connection until it ends, or until nothing has come for a while after `enough`. */
export function exchangeRaw(
  port: number,
  sent: string | readonly string[],
  enough: (text: string) => boolean = () => false,
): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (part) => {
      text += part;
      if (enough(text)) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
    for (const part of typeof sent === "string" ? [sent] : sent) socket.write(part, "latin1");
  });
}

/** The statuses of the answers in what came back. */
export const statuses = (text: string): number[] =>
  [...text.matchAll(/(?:^|\n|>\r\n|\d)HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
