import { type ContainerEngine, type EngineContainer, EngineError, isEngineError } from "../engine/port.ts";
import type { ContainerSettings, HostSettings } from "../engine/settings.ts";
import { installationLabel } from "../task-engine/labels.ts";
import { TaskFailure } from "../task-engine/ports.ts";
import { pauseImage } from "./pause-image.ts";

/** What holders are made with. */
export interface HolderPorts {
  readonly engine: ContainerEngine;
  readonly installation: string;
  /** The folder with the pause programs: `data/pause` of the package. */
  readonly programs: string;
}

/** What every holder has: it sets its own addresses, and needs nothing else of the machine. */
const holder = {
  CapDrop: ["ALL"],
  CapAdd: ["NET_ADMIN", "NET_BIND_SERVICE", "DAC_OVERRIDE"],
  SecurityOpt: ["no-new-privileges"],
  ReadonlyRootfs: true,
  // A connection through it takes two, and one through a proxy of Service Connect four.
  Ulimits: [{ Name: "nofile", Soft: 4_096, Hard: 4_096 }],
  LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "1" } },
  RestartPolicy: { Name: "no" },
} as const;

/** Containers of ours that do nothing but hold a network namespace. */
export class Holders {
  readonly #ports: HolderPorts;
  #image: Promise<string> | undefined;

  constructor(ports: HolderPorts) {
    this.#ports = ports;
  }

  /** The holder of a name, made when it is not there. Whether it runs is its phase's to say. */
  async make(
    name: string,
    settings: Omit<ContainerSettings, "Image" | "HostConfig">,
    host: Omit<HostSettings, keyof typeof holder>,
  ): Promise<EngineContainer> {
    const { engine, installation } = this.#ports;
    try {
      await engine.createContainer(name, {
        ...settings,
        Image: await this.#pauseImage(),
        Labels: { ...settings.Labels, [installationLabel]: installation },
        HostConfig: { ...holder, ...host },
      });
    } catch (error) {
      // It is there, from before a restart of ours.
      if (!isEngineError(error, "conflict")) throw error;
    }
    const made = await engine.inspectContainer(name);
    if (made?.labels[installationLabel] !== installation) {
      throw new EngineError("conflict", `the name ${name} is in use by another container`);
    }
    return made;
  }

  /**
   * Starts a holder that was made. One that has stopped is not started again: whoever was in its namespace has lost it.
   * Throws `TaskFailure` when it does not run.
   */
  async start({ id, name, phase }: Pick<EngineContainer, "id" | "name" | "phase">): Promise<EngineContainer> {
    const { engine } = this.#ports;
    if (phase === "created") await engine.startContainer(id);
    const started = await engine.inspectContainer(id);
    if (started?.phase === "running") return started;
    throw new TaskFailure(`ContainerNetworkingError: the container ${name} does not run`);
  }

  #pauseImage(): Promise<string> {
    this.#image ??= pauseImage(this.#ports.engine, this.#ports.programs).catch((error: unknown) => {
      this.#image = undefined;
      throw error;
    });
    return this.#image;
  }
}
