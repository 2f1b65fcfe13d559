import { clientFault } from "../faults.ts";

/** API Reference, "RegisterTaskDefinition": 0.125 to 192 vCPUs. */
const cpuUnits = { least: 128, most: 196_608 };
/** Ours: no machine has more than 64 TiB. */
const mostMemory = 67_108_864;

/** Task sizes of Fargate by CPU units (Developer Guide, "Task size"): memory in MiB, from, to, in steps of. */
const fargateSizes: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, 1024, 2048]],
  [512, steps(1, 4, 1)],
  [1024, steps(2, 8, 1)],
  [2048, steps(4, 16, 1)],
  [4096, steps(8, 30, 1)],
  [8192, steps(16, 60, 4)],
  [16_384, steps(32, 120, 8)],
]);

function steps(from: number, to: number, by: number): readonly number[] {
  return Array.from({ length: (to - from) / by + 1 }, (_, i) => (from + i * by) * 1024);
}

/** A task's CPU, in units or as `1 vCPU`, in units; `undefined` when it is neither, or out of range. */
function cpuUnitsOf(text: string): number | undefined {
  const vcpus = /^(\d{0,4}(?:\.\d{1,6})?)\s*vcpu$/i.exec(text.trim())?.[1];
  const units = vcpus === undefined ? wholeNumber(text) : Math.round(Number(vcpus || Number.NaN) * 1024);
  return units >= cpuUnits.least && units <= cpuUnits.most ? units : undefined;
}

/** A task's memory, in MiB or as `1 GB`, in MiB; `undefined` when it is neither, or out of range. */
function memoryOf(text: string): number | undefined {
  const gigabytes = /^(\d{0,6}(?:\.\d{1,6})?)\s*gb$/i.exec(text.trim())?.[1];
  const size =
    gigabytes === undefined ? wholeNumber(text) : Math.round(Number(gigabytes || Number.NaN) * 1024);
  return size >= 1 && size <= mostMemory ? size : undefined;
}

/** Reads a task's CPU as units. Throws `ClientException`. */
export function readCpu(text: string): number {
  const units = cpuUnitsOf(text);
  if (units === undefined) throw clientFault("Invalid 'cpu' setting for task.");
  return units;
}

/** Reads a task's memory as MiB. Throws `ClientException`. */
export function readMemory(text: string): number {
  const size = memoryOf(text);
  if (size === undefined) throw clientFault("Invalid 'memory' setting for task.");
  return size;
}

/** `ecs:task-cpu` and `ecs:task-memory` of a call that names a task's size (Service Authorization Reference). */
export function sizeContext(cpu: string | undefined, memory: string | undefined) {
  const text = (value: number | undefined) => (value === undefined ? undefined : String(value));
  return {
    "ecs:task-cpu": text(cpuUnitsOf(cpu ?? "")),
    "ecs:task-memory": text(memoryOf(memory ?? "")),
  };
}

function wholeNumber(text: string): number {
  return /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
}

/** Whether Fargate has tasks of this size: CPU units and MiB. */
export function isFargateSize(cpu: number, memory: number): boolean {
  return fargateSizes.get(cpu)?.includes(memory) === true;
}
