import { once } from "node:events";
import { Duplex, PassThrough } from "node:stream";
import { expect, test } from "vitest";
import type { ContainerExec, TerminalSize } from "./exec.ts";
import { RemoteExec, serveExec } from "./exec-remote.ts";
import { testContainer, testTask } from "./task.testing.ts";

/** Two ends of a connection. */
function connection(): [Duplex, Duplex] {
  const [one, other] = [new PassThrough(), new PassThrough()];
  return [
    Duplex.from({ readable: one, writable: other }) as Duplex,
    Duplex.from({ readable: other, writable: one }) as Duplex,
  ];
}

const spec = testTask({ containers: [testContainer({ name: "app" })] });

/** A host whose only container echoes what is typed, and notes what is done. */
function host() {
  const done: unknown[] = [];
  const terminals: Duplex[] = [];
  const exec: ContainerExec = {
    find: (task, id) => {
      const [container] = spec.containers;
      if (task !== spec.taskArn || id !== "c" || container === undefined) return undefined;
      return {
        task: spec,
        container,
        async start(command) {
          if (command.command[0] === "none") throw new Error("executable file not found");
          done.push(command);
          const terminal = new PassThrough();
          terminals.push(terminal);
          return { terminal, resize: async (size: TerminalSize) => void done.push(size) };
        },
        async connect(to) {
          done.push(to);
          return new PassThrough();
        },
        end: async (session) => void done.push({ ended: session }),
      };
    },
  };
  const [here, there] = connection();
  serveExec(there, exec);
  const remote = new RemoteExec(here);
  const [container = testContainer({})] = spec.containers;
  return { done, terminals, here, remote: (id = "c") => remote.container(spec, container, id) };
}

async function until(stream: Duplex, text: string): Promise<void> {
  let came = "";
  for await (const piece of stream.iterator({ destroyOnReturn: false })) {
    came += piece;
    if (came.includes(text)) return;
  }
  throw new Error(`the stream ended with ${came}`);
}

test("runs a command, tells its size, and ends with it", async () => {
  const { done, terminals, remote } = host();
  const { terminal, resize } = await remote().start({ command: ["cat"], session: "s" });
  terminal.write("ahoy\n");
  await until(terminal, "ahoy\n");
  await resize({ rows: 41, columns: 123 });
  terminals[0]?.end();
  terminal.resume();
  await once(terminal, "end");
  expect(done).toEqual([
    { command: ["cat"], session: "s" },
    { rows: 41, columns: 123 },
  ]);
});

test("calls from where the container is", async () => {
  const { done, remote } = host();
  const socket = await remote().connect({ address: "127.0.0.1", port: 80 });
  socket.write("GET");
  await until(socket, "GET");
  socket.destroy();
  expect(done).toEqual([{ address: "127.0.0.1", port: 80 }]);
});

test("says why it does not", async () => {
  const { remote } = host();
  await expect(remote().start({ command: ["none"], session: "s" })).rejects.toThrow(
    "executable file not found",
  );
  await expect(remote("other").connect({ address: "127.0.0.1", port: 80 })).rejects.toThrow(
    "the container does not run here",
  );
});

test("ends a session when it is told to", async () => {
  const { done, remote } = host();
  await remote().end("s");
  expect(done).toEqual([{ ended: "s" }]);
});

test("when the connection breaks, the terminal ends, and the host ends the session", async () => {
  const { done, remote, here } = host();
  const { terminal } = await remote().start({ command: ["cat"], session: "s" });
  terminal.resume();
  const ended = once(terminal, "end");
  here.destroy();
  await ended;
  await expect.poll(() => done).toContainEqual({ ended: "s" });
  await expect(remote().connect({ address: "127.0.0.1", port: 80 })).rejects.toThrow();
});
