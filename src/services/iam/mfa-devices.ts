import type { Authorisation } from "../../dispatch/operation.ts";
import { parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows, Sealer, Tx } from "../../store/types.ts";
import type { IamTables, MfaDeviceRow } from "./store.ts";
import { stepOfCodes } from "./totp.ts";

/** What the seeds of devices are sealed for. */
const purpose = "iam.mfa-device";

/** IAM User Guide, "IAM and STS quotas". */
export const mostDevicesPerUser = 8;

/** How many steps of 30 seconds the codes of EnableMFADevice may be old: somebody typed them. */
export const enablingSteps = 4;
/** How many steps ResyncMFADevice searches to either side for a device whose clock is wrong: a day. */
export const resyncSteps = 2880;

/** Seals a new device's seed. */
export function sealSeed(sealer: Sealer, seed: Buffer): string {
  return sealer.seal(purpose, seed.toString("base64"));
}

/** The seed of a device. Throws when it was sealed with another key file: the data folder was moved without it. */
export function openSeed(sealer: Sealer, device: MfaDeviceRow): Buffer {
  const seed = sealer.open(purpose, device.seed);
  if (seed === undefined) throw new Error(`the seed of ${device.arn} cannot be opened`);
  return Buffer.from(seed, "base64");
}

/** The device of that serial number in the account, or `undefined`. */
export function findDevice(
  rows: Rows,
  account: AccountId,
  serial: string,
): Promise<MfaDeviceRow | undefined> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_mfa_device")
    .selectAll()
    .where("account", "=", account)
    .where("arn", "=", serial as Arn)
    .executeTakeFirst();
}

/** The device; throws `NoSuchEntity`. Given a user's id, it must be that user's. */
export async function requireDevice(
  rows: Rows,
  account: AccountId,
  serial: string,
  userId?: string,
): Promise<MfaDeviceRow> {
  const device = await findDevice(rows, account, serial);
  if (device === undefined || (userId !== undefined && device.user_id !== userId)) {
    throw new Fault("NoSuchEntity", `MFA Device with serial number ${serial} does not exist.`);
  }
  return device;
}

/** The devices of a user, in the order of their serial numbers. */
export function devicesOf(rows: Rows, account: AccountId, userId: string): Promise<MfaDeviceRow[]> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_mfa_device")
    .selectAll()
    .where("account", "=", account)
    .where("user_id", "=", userId)
    .orderBy("arn")
    .execute();
}

/** Every device of an account, in the order of their serial numbers. */
export function allDevices(rows: Rows, account: AccountId): Promise<MfaDeviceRow[]> {
  return rows
    .tables<IamTables>()
    .selectFrom("iam_mfa_device")
    .selectAll()
    .where("account", "=", account)
    .orderBy("arn")
    .execute();
}

/** Writes what changed of a device. */
export async function updateDevice(
  tx: Tx,
  device: MfaDeviceRow,
  change: Partial<Pick<MfaDeviceRow, "user_id" | "enabled_at" | "last_step" | "drift" | "tags">>,
): Promise<void> {
  await tx
    .tables<IamTables>()
    .updateTable("iam_mfa_device")
    .set(change)
    .where("arn", "=", device.arn)
    .execute();
}

/**
 * The step of the second of two codes that a device showed one after the other.
 * @throws InvalidAuthenticationCode when they are not that, or not of the range.
 */
export function requireConsecutiveCodes(
  seed: Buffer,
  input: { readonly AuthenticationCode1: string; readonly AuthenticationCode2: string },
  range: { readonly first: number; readonly last: number },
): number {
  const step = stepOfCodes(seed, [input.AuthenticationCode1, input.AuthenticationCode2], range);
  if (step === undefined) {
    throw new Fault("InvalidAuthenticationCode", "Authentication code for device is not valid.");
  }
  return step;
}

/** The permission on a virtual MFA device that a call names. What is no ARN names none: throws `NoSuchEntity`. */
export function onDevice(
  action: string,
  serial: string,
  context?: Authorisation["context"],
): readonly Authorisation[] {
  if (parseArn(serial) === undefined) {
    throw new Fault("NoSuchEntity", `MFA Device with serial number ${serial} does not exist.`);
  }
  return [{ action, resource: serial, ...(context === undefined ? {} : { context }) }];
}
