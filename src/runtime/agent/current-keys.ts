import type { SigningKeys } from "./signing.ts";

/** Keys that can be had at once, as they are now. */
export interface Keys {
  (): SigningKeys;
  /** Looks for newer ones no more. */
  stop(): void;
}

/** How often newer keys are looked for, in ms. */
const renewedEvery = 60_000;
/** How long an SDK uses what it was given, in ms: it asks again five minutes before that. */
const kept = 6 * 60_000;

/** Looks for keys now, and again and again: those of an instance change before they end. */
export async function currentKeys(find: () => Promise<SigningKeys>): Promise<Keys> {
  let keys = await find();
  const timer = setInterval(() => {
    find().then(
      (found) => {
        keys = found;
      },
      // Those that there are serve until they end.
      () => {},
    );
  }, renewedEvery);
  timer.unref();
  return Object.assign(() => keys, { stop: () => clearInterval(timer) });
}

/** The keys as a client of the SDK takes them: it is to ask for newer ones before long. */
export function sdkCredentials({ accessKeyId, secretAccessKey, sessionToken }: SigningKeys) {
  return {
    ...{ accessKeyId, secretAccessKey, expiration: new Date(Date.now() + kept) },
    ...(sessionToken !== undefined && { sessionToken }),
  };
}
