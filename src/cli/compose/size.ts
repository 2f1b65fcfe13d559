import { isFargateSize } from "../../services/ecs/task-definitions/task-size.ts";

/** CPU units and MiB of a task. */
export interface TaskSize {
  readonly cpu: number;
  readonly memory: number;
}

const cpus = [256, 512, 1024, 2048, 4096, 8192, 16_384];
const memories = [512, ...Array.from({ length: 120 }, (_, index) => (index + 1) * 1024)];

/** The smallest task of Fargate that has as much. @param cpu in units. @param memory in MiB. */
export function fargateSize(cpu: number, memory: number): TaskSize | undefined {
  for (const size of cpus.filter((one) => one >= cpu)) {
    const fits = memories.find((one) => one >= memory && isFargateSize(size, one));
    if (fits !== undefined) return { cpu: size, memory: fits };
  }
  return undefined;
}
