import { unsupported } from "./faults.ts";

/** Refuses answers for an attested recipient (Nitro Enclaves, NitroTPM): there is nothing here to attest. */
export function refuseRecipient({ Recipient }: { readonly Recipient?: object | undefined }): void {
  if (Recipient !== undefined) throw unsupported("Recipient is not supported: nothing is attested here.");
}
