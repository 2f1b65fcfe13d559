import { page, type ServicePages } from "../frame/pages.ts";

/** Secrets Manager. */
export const secretsPages: ServicePages = {
  title: "Secrets Manager",
  home: "/secretsmanager",
  about: "Secrets, their versions, and who last read them.",
  sections: [{ links: [{ text: "Secrets", to: "/secretsmanager/secrets" }] }],
  pages: [
    page("/secretsmanager", () => import("./secrets-page.tsx"), "SecretsPage"),
    page("/secretsmanager/secrets", () => import("./secrets-page.tsx"), "SecretsPage"),
    page("/secretsmanager/secrets/:name", () => import("./secret-page.tsx"), "SecretPage"),
  ],
};
