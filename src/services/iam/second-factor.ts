import type { Principal } from "../../kernel/principal.ts";
import type { Rows, Sealer, Tx } from "../../store/types.ts";
import { findDevice, openSeed, updateDevice } from "./mfa-devices.ts";
import type { MfaDeviceRow } from "./store.ts";
import { stepAt, stepOfCodes } from "./totp.ts";

/** A code that a caller shows. */
interface ShownCode {
  readonly caller: Principal;
  readonly serial: string;
  readonly code: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** What STS asks about the second factor of a caller. */
export interface SecondFactor {
  /** Whether the device is the caller's, and the code one that it shows now and that was not used. */
  check(rows: Rows, shown: ShownCode): Promise<"valid" | "invalid" | "no device">;
  /** Uses the code up, in a transaction of its own: it stays used when the call fails later. False when it was used. */
  spend(shown: ShownCode): Promise<boolean>;
}

/** A device shows the code of a neighbouring step when its clock is up to 30 seconds off. */
const tolerance = 1;

/** The second factor as IAM keeps it: the MFA devices of users and of root. */
export function createSecondFactor(
  sealer: Sealer,
  transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
): SecondFactor {
  /** The step of a code, if it may be used. */
  function usableStep(device: MfaDeviceRow, { code, now }: ShownCode): number | undefined {
    const expected = stepAt(now) + device.drift;
    // INVARIANT: a code is used once. Steps only go forward, so neither it nor an earlier one is taken again.
    const first = Math.max(expected - tolerance, device.last_step + 1);
    return stepOfCodes(openSeed(sealer, device), [code], { first, last: expected + tolerance });
  }

  return {
    async check(rows, shown) {
      const device = await deviceOf(rows, shown);
      if (device === undefined) return "no device";
      return usableStep(device, shown) === undefined ? "invalid" : "valid";
    },

    spend: (shown) =>
      transaction(async (tx) => {
        const device = await deviceOf(tx, shown);
        const step = device === undefined ? undefined : usableStep(device, shown);
        if (device === undefined || step === undefined) return false;
        await updateDevice(tx, device, { last_step: step });
        return true;
      }),
  };
}

/** The device, if it is assigned to the caller, who must be a user or root. */
async function deviceOf(rows: Rows, { caller, serial }: ShownCode): Promise<MfaDeviceRow | undefined> {
  if (caller.type !== "IAMUser" && caller.type !== "Root") return undefined;
  const device = await findDevice(rows, caller.account, serial);
  const owner = caller.type === "Root" ? caller.account : caller.userId;
  return device?.user_id === owner ? device : undefined;
}
