import { createSecureContext } from "node:tls";
import { expect, test } from "vitest";
import { tlsPolicy } from "./tls-policy.ts";

test.each<[name: string | undefined, min: string, max: string, has: string, hasNot: string]>([
  [undefined, "TLSv1", "TLSv1.2", "AES128-SHA", "TLS_AES_128_GCM_SHA256"],
  ["ELBSecurityPolicy-TLS13-1-3-2021-06", "TLSv1.3", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "AES128-SHA"],
  ["ELBSecurityPolicy-TLS13-1-2-2021-06", "TLSv1.2", "TLSv1.3", "ECDHE-RSA-AES128-SHA256", "AES128-SHA256"],
  [
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "TLSv1.2",
    "TLSv1.3",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-SHA256",
  ],
  ["ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", "TLSv1.2", "TLSv1.3", "AES128-SHA256", "ECDHE-RSA-AES128-SHA"],
  ["ELBSecurityPolicy-TLS13-1-0-2021-06", "TLSv1", "TLSv1.3", "AES256-SHA", "DES-CBC3-SHA"],
  ["ELBSecurityPolicy-FS-1-2-Res-2019-08", "TLSv1.2", "TLSv1.2", "ECDHE-RSA-AES128-SHA256", "AES128-SHA256"],
  [
    "ELBSecurityPolicy-FS-1-2-Res-2020-10",
    "TLSv1.2",
    "TLSv1.2",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-SHA256",
  ],
  ["ELBSecurityPolicy-FS-1-2-2019-08", "TLSv1.2", "TLSv1.2", "ECDHE-RSA-AES128-SHA", "AES128-SHA"],
  ["ELBSecurityPolicy-TLS-1-1-2017-01", "TLSv1.1", "TLSv1.2", "AES128-SHA", "TLS_AES_128_GCM_SHA256"],
  ["ELBSecurityPolicy-TLS-1-2-2017-01", "TLSv1.2", "TLSv1.2", "AES128-SHA256", "AES128-SHA"],
])("%s", (name, min, max, has, hasNot) => {
  const policy = tlsPolicy(name);
  expect([policy.minVersion, policy.maxVersion]).toEqual([min, max]);
  const ciphers = policy.ciphers.split(":");
  expect(ciphers).toContain(has);
  expect(ciphers).not.toContain(hasNot);
  expect(ciphers.includes("@SECLEVEL=0")).toBe(min === "TLSv1" || min === "TLSv1.1");
  expect(() => createSecureContext(policy)).not.toThrow();
});
