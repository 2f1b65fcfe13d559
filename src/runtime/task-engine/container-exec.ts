import { setTimeout as delay } from "node:timers/promises";
import { second } from "../../kernel/duration.ts";
import { type ContainerEngine, isEngineError } from "../engine/port.ts";
import type { ContainerExec, ExecProcess, TerminalSize } from "../exec.ts";
import type { DialFromTask } from "../network/task-dial.ts";
import type { TaskView } from "./view.ts";

/** The variable that processes of a session carry in their environment. */
const sessionVariable = "ROADSTEAD_SESSION_ID";

/** How long processes have to end when they are hung up on, and how often it is looked, in ms. */
const patience = 2 * second;
const lookEvery = 100;

/** Engines answer before the command runs: its terminal has no size to set for some milliseconds. */
const begins = 5 * second;
const askAgain = 20;

type Execs = Pick<
  ContainerEngine,
  "createExec" | "startExec" | "resizeExec" | "inspectExec" | "signalMarked"
>;

/** Runs commands in the containers of a task engine. @param findTask a task as it stands. */
export function containerExec(
  engine: Execs,
  findTask: (taskArn: string) => TaskView | undefined,
  dial: DialFromTask = () => Promise.reject(new Error("nobody can call from here")),
): ContainerExec {
  return {
    find(taskArn, runtimeId) {
      const task = findTask(taskArn);
      const container = task?.containers.find(
        ({ dockerId, knownStatus }) => dockerId === runtimeId && knownStatus === "RUNNING",
      );
      if (task === undefined || container === undefined) return undefined;
      return {
        task: task.spec,
        container: container.spec,
        start: ({ command, session }) => startCommand(engine, runtimeId, command, session),
        connect: (to) => dial(task.spec, runtimeId, to),
        end: (session) => endSession(engine, runtimeId, session),
      };
    },
  };
}

/** AWS: commands run as root (Developer Guide, "Monitor Amazon ECS containers with ECS Exec"). */
async function startCommand(
  engine: Execs,
  container: string,
  command: readonly string[],
  session: string,
): Promise<ExecProcess> {
  const exec = await engine.createExec(container, {
    command,
    tty: true,
    user: "0",
    environment: { TERM: "xterm-256color", [sessionVariable]: session },
  });
  const terminal = await engine.startExec(exec, true);
  return { terminal, resize: (size) => resize(engine, exec, size) };
}

async function resize(engine: Execs, exec: string, size: TerminalSize): Promise<void> {
  for (let waited = 0; waited < begins; waited += askAgain) {
    const { running, pid } = await engine.inspectExec(exec);
    if (!running) return;
    if (pid > 0) {
      try {
        return await engine.resizeExec(exec, size);
      } catch (error) {
        // It ended in between.
        if (!isEngineError(error)) throw error;
        return;
      }
    }
    await delay(askAgain);
  }
}

async function endSession(engine: Execs, container: string, session: string): Promise<void> {
  const mark = `${sessionVariable}=${session}`;
  // A process may begin another one just before it is killed: KILL is sent until nobody is there to get it.
  const steps = [
    [signals.hangUp, signals.none],
    [signals.kill, signals.kill],
  ] as const;
  try {
    for (const [first, again] of steps) {
      if (!(await engine.signalMarked(container, mark, first))) return;
      for (let waited = 0; waited < patience; waited += lookEvery) {
        await delay(lookEvery);
        if (!(await engine.signalMarked(container, mark, again))) return;
      }
    }
  } catch (error) {
    // The container has ended, and all its processes with it.
    if (!isEngineError(error, "not-found", "conflict")) throw error;
  }
}

const signals = { none: 0, hangUp: 1, kill: 9 } as const;
