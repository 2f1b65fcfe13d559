import { inflateSync } from "node:zlib";
import qrcode from "qrcode-generator";
import { expect, test } from "vitest";
import { seedPicture } from "./mfa-picture.ts";

/** The chunks of a PNG, by type. */
function chunksOf(png: Buffer): Map<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    chunks.set(png.toString("latin1", at + 4, at + 8), png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return chunks;
}

test("the picture of a seed is the code of its address, as PNG", () => {
  const png = seedPicture("phone of ann", "111122223333", "ABCDEFGHIJKLMNOP");
  const chunks = chunksOf(png);
  expect([...chunks.keys()]).toEqual(["IHDR", "IDAT", "IEND"]);
  // What every PNG ends with, its checksum included.
  expect(png.subarray(-8).toString("hex")).toBe("49454e44ae426082");
  const code = qrcode(0, "M");
  code.addData("otpauth://totp/phone%20of%20ann@111122223333?secret=ABCDEFGHIJKLMNOP");
  code.make();
  const modules = code.getModuleCount();
  const size = (modules + 8) * 4;
  expect(chunks.get("IHDR")?.readUInt32BE(0)).toBe(size);
  const pixels = inflateSync(chunks.get("IDAT") ?? Buffer.alloc(0));
  expect(pixels.length).toBe(size * (size + 1));
  const black = (row: number, column: number) => pixels[row * (size + 1) + 1 + column] === 0;
  for (let y = -4; y < modules + 4; y++)
    for (let x = -4; x < modules + 4; x++) {
      const dark = y >= 0 && x >= 0 && y < modules && x < modules && code.isDark(y, x);
      expect(black((y + 4) * 4 + 1, (x + 4) * 4 + 2)).toBe(dark);
    }
});
