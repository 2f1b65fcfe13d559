import { expect, test } from "vitest";
import { parseRegistryUrl } from "./registry-url.ts";

test.each([
  ["quay.io", "https://quay.io/"],
  ["10.0.0.7:5000", "https://10.0.0.7:5000/"],
  ["http://localhost:5000", "http://localhost:5000/"],
  ["https://[::1]:5000/", "https://[::1]:5000/"],
  ["", undefined],
  ["ftp://quay.io", undefined],
  ["https://user:secret@quay.io", undefined],
  ["quay.io/library", undefined],
  ["quay.io?x=1", undefined],
  ["quay.io:99999", undefined],
  ["file:///etc/passwd", undefined],
])("%s", (text, expected) => {
  expect(parseRegistryUrl(text)?.href).toBe(expected);
});
