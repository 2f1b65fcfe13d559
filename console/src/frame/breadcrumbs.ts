import type { ServicePages } from "./pages.ts";

/** The way to a page, from its address: the service, the list, the resource. Parts that are no page stay out. */
export function breadcrumbsOf(
  { title, home, sections, pages }: ServicePages,
  path: string,
): readonly { readonly text: string; readonly href: string }[] {
  const links = sections.flatMap((section) => section.links);
  const list = links
    .filter(({ to }) => to !== home && (path === to || path.startsWith(`${to}/`)))
    .sort((a, b) => b.to.length - a.to.length)[0];
  const start = [{ text: title, href: home }];
  if (list === undefined) return start;
  const rest = path.slice(list.to.length).split("/").filter(Boolean);
  return [
    ...start,
    { text: list.text, href: list.to },
    ...rest
      .map((part, index) => ({
        text: decoded(part),
        href: [list.to, ...rest.slice(0, index + 1)].join("/"),
      }))
      .filter(({ href }) => pages.some(({ path: pattern }) => isAt(href, pattern))),
  ];
}

/** Whether a page's pattern is that of an address; `:` begins a part that can be anything. */
function isAt(href: string, pattern: string): boolean {
  const [parts, wanted] = [href.split("/"), pattern.split("/")];
  return (
    parts.length === wanted.length &&
    wanted.every((part, index) => part.startsWith(":") || part === parts[index])
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
