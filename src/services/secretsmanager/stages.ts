import { invalidParameter, limitExceeded, valueNotFound } from "./faults.ts";

/** The label of the version that is used. */
export const current = "AWSCURRENT";
/** The label of the version that was used before it. */
const previous = "AWSPREVIOUS";

/** Secrets Manager User Guide, "Quotas": staging labels of all versions of a secret. */
const mostLabels = 20;

/** Which labels each version of a secret has, by version id. */
export type Stages = ReadonlyMap<string, readonly string[]>;

/** The version that has a label, or `undefined`. */
function versionOf(stages: Stages, label: string): string | undefined {
  for (const [id, labels] of stages) if (labels.includes(label)) return id;
  return undefined;
}

/**
 * Puts labels on a version; each is on one version only. AWS: when AWSCURRENT moves, the version that had it becomes
 * AWSPREVIOUS ("UpdateSecretVersionStage", API Reference).
 */
export function putLabels(stages: Stages, versionId: string, labels: readonly string[]): Stages {
  let moved = new Map(stages);
  for (const label of labels) {
    const from = versionOf(moved, label);
    if (from === versionId) continue;
    moved = moveLabel(moved, label, versionId);
    if (label === current && from !== undefined) moved = moveLabel(moved, previous, from);
  }
  const count = [...moved.values()].reduce((sum, all) => sum + all.length, 0);
  if (count > mostLabels) {
    throw limitExceeded("You exceeded the maximum number of staging labels allowed on a secret.");
  }
  return moved;
}

/** What UpdateSecretVersionStage asks for. */
export interface LabelMove {
  readonly label: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Moves one label from a version to another, or takes it away. Throws what UpdateSecretVersionStage throws. */
export function changeLabel(stages: Stages, { label, from, to }: LabelMove): Stages {
  for (const id of [from, to]) {
    if (id !== undefined && !stages.has(id)) throw valueNotFound(`VersionId: ${id}`);
  }
  const holder = versionOf(stages, label);
  if (from !== undefined && from !== holder) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId is incorrect. Staging label ${label} is ${
        holder === undefined
          ? "not currently attached to any version"
          : `currently attached to version ${holder}`
      }.`,
    );
  }
  if (to === undefined) {
    if (label === current) {
      throw invalidParameter(
        `You can only move staging label ${current} to a different secret version. It can't be completely removed.`,
      );
    }
    return from === undefined ? stages : takeLabel(stages, label);
  }
  if (holder !== undefined && holder !== to && from === undefined) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${label} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  return putLabels(stages, to, [label]);
}

function moveLabel(stages: Stages, label: string, to: string): Map<string, readonly string[]> {
  const moved = takeLabel(stages, label);
  return moved.set(to, [...(moved.get(to) ?? []), label]);
}

function takeLabel(stages: Stages, label: string): Map<string, readonly string[]> {
  return new Map([...stages].map(([id, labels]) => [id, labels.filter((one) => one !== label)]));
}
