const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Base32 (RFC 4648, section 6) of a whole number of five-byte groups, which need no padding. */
export function base32(bytes: Buffer): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 5) {
    let group = BigInt(`0x${bytes.subarray(at, at + 5).toString("hex")}`);
    let letters = "";
    for (let i = 0; i < 8; i++) {
      letters = alphabet.charAt(Number(group & 31n)) + letters;
      group >>= 5n;
    }
    text += letters;
  }
  return text;
}
