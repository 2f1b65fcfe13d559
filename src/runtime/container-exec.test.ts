import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../kernel/clock.ts";
import { connectToDocker, dockerMissing } from "./docker.testing.ts";
import { createMemoryEngine } from "./engine/memory/memory-engine.ts";
import type { ContainerEngine } from "./engine/port.ts";
import type { ExecContainer } from "./exec.ts";
import { containerExec } from "./task-engine/container-exec.ts";
import type { TaskView } from "./task-engine/view.ts";
import { busybox } from "./task-engine.testing.ts";

const engines: readonly (readonly [string, string | undefined, () => ContainerEngine])[] = [
  ["docker", dockerMissing, connectToDocker],
  ["memory", undefined, () => createMemoryEngine(systemClock)],
];

describe.each(engines)("commands in containers of %s", (name, missing, connect) => {
  describe.skipIf(missing !== undefined)("as they run", { timeout: 30_000 }, () => {
    let engine: ContainerEngine;
    let id: string;
    let container: ExecContainer;

    beforeAll(async () => {
      engine = connect();
      if (name === "memory") await engine.pull(busybox, {});
      id = await engine.createContainer(`roadstead-exec-test-${process.pid}`, {
        Image: busybox,
        Cmd: ["sleep", "600"],
        User: "1000",
        Labels: { "roadstead-test": "exec" },
        HostConfig: { NetworkMode: "none", LogConfig: { Type: "none", Config: {} } },
      });
      await engine.startContainer(id);
      const view = {
        spec: { taskArn: "task" },
        containers: [{ dockerId: id, knownStatus: "RUNNING", spec: {} }],
      } as unknown as TaskView;
      const exec = containerExec(engine, (taskArn) => (taskArn === "task" ? view : undefined));
      expect(exec.find("other", id)).toBeUndefined();
      expect(exec.find("task", "f".repeat(64))).toBeUndefined();
      const found = exec.find("task", id);
      if (found === undefined) throw new Error("the container was not found");
      container = found;
    });

    afterAll(async () => {
      await engine?.removeContainer(id);
      engine?.close();
    });

    const read = async (stream: AsyncIterable<Buffer>): Promise<string> => {
      let text = "";
      for await (const piece of stream) text += piece;
      return text;
    };

    test("take what is typed and write what they write", async () => {
      const { terminal } = await container.start({ command: ["echo", "ahoy"], session: "one" });
      expect(await read(terminal)).toMatch(/^ahoy\r?\n$/);
    });

    test("end when their session does, and no other", async () => {
      const [ended, other] = await Promise.all(
        ["two", "three"].map((session) => container.start({ command: ["cat"], session })),
      );
      if (ended === undefined || other === undefined) throw new Error("nothing was started");
      await ended.resize({ rows: 24, columns: 80 });
      const all = read(ended.terminal);
      await container.end("two");
      await all;
      other.terminal.write("still here\n");
      const [piece] = await new Promise<[Buffer]>((resolve) =>
        other.terminal.once("data", (data: Buffer) => resolve([data])),
      );
      expect(`${piece}`).toContain("still here");
      await container.end("three");
      await container.end("three");
    });

    test.skipIf(name === "memory")("are root in a terminal of the wanted size", async () => {
      const script = "id -u; until [ \"$(stty size 2>&1)\" = '41 123' ]; do sleep 0.05; done; stty size";
      const shell = await container.start({ command: ["sh", "-c", script], session: "four" });
      await shell.resize({ rows: 41, columns: 123 });
      expect(await read(shell.terminal)).toBe("0\r\n41 123\r\n");
    });

    test.skipIf(name === "memory")("are killed when they will not hang up", async () => {
      const script = "trap '' HUP; echo up; while :; do sleep 1; done";
      const { terminal } = await container.start({ command: ["sh", "-c", script], session: "five" });
      await new Promise((resolve) => terminal.once("data", resolve));
      const all = read(terminal);
      await container.end("five");
      await all;
      expect(await engine.signalMarked(id, "ROADSTEAD_SESSION_ID=five", 0)).toBe(false);
    });

    test.skipIf(name === "memory")("that nobody can start say so and end", async () => {
      const { terminal } = await container.start({ command: ["no-such-program"], session: "six" });
      expect(await read(terminal)).toContain('"no-such-program": executable file not found');
    });
  });
});
