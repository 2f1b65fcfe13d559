import { page, type ServicePages } from "../frame/pages.ts";

/** Key Management Service. */
export const kmsPages: ServicePages = {
  title: "Key Management Service",
  home: "/kms",
  about: "Keys, who may use them by policy and by grant.",
  sections: [{ links: [{ text: "Keys", to: "/kms/keys" }] }],
  pages: [
    page("/kms", () => import("./keys-page.tsx"), "KeysPage"),
    page("/kms/keys", () => import("./keys-page.tsx"), "KeysPage"),
    page("/kms/keys/:key", () => import("./key-page.tsx"), "KeyPage"),
  ],
};
