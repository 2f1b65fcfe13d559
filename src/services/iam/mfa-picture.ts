import qrcode from "qrcode-generator";
import { squarePng } from "./png.ts";

/** Pixels of one module of the code, and modules of white around it (ISO/IEC 18004: four at least). */
const scale = 4;
const quiet = 4;

/**
 * The picture by which authenticator applications take a device's seed: a QR code of its `otpauth` address, as PNG (API
 * Reference, "VirtualMFADevice").
 * @param account the alias of the account, or its id.
 */
export function seedPicture(device: string, account: string, seed: string): Buffer {
  const label = `${encodeURIComponent(device)}@${encodeURIComponent(account)}`;
  const code = qrcode(0, "M");
  code.addData(`otpauth://totp/${label}?secret=${seed}`);
  code.make();
  const modules = code.getModuleCount();
  const at = (pixel: number) => Math.floor(pixel / scale) - quiet;
  const inside = (place: number) => place >= 0 && place < modules;
  return squarePng((modules + 2 * quiet) * scale, (row, column) => {
    const [y, x] = [at(row), at(column)];
    return inside(y) && inside(x) && code.isDark(y, x);
  });
}
