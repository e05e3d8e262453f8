// Where the person is. The path is the place, the query holds the filter and what is open, so
// an address can be sent to a colleague and the browser's Back does what people expect.
import { Cell } from "./cell";

export interface Route {
  path: string;
  query: URLSearchParams;
}

function read(): Route {
  const path = location.pathname.replace(/\/+$/, "");
  return { path: path === "" ? "/" : path, query: new URLSearchParams(location.search) };
}

export const route = new Cell<Route>(read());

export type QueryChange = Record<string, string | null>;

export function hrefOf(path: string, query: QueryChange = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== null && value !== "") params.set(name, value);
  const text = params.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** This address with some of its query changed; null takes a part away. */
export function hrefWith(change: QueryChange): string {
  const query: QueryChange = Object.fromEntries(route.value.query);
  return hrefOf(route.value.path, { ...query, ...change });
}

// The parts of a query that open something beside or over its list.
const OPENERS = [
  "order", "product", "label", "sensor", "list", "delivery", "count", "transfer",
];

function opens(path: string, query: URLSearchParams): boolean {
  const before = route.value;
  if (path !== before.path) return false;
  return OPENERS.some((part) => query.has(part)) && !OPENERS.some((part) => before.query.has(part));
}

export function go(href: string, replace = false): void {
  if (href === location.pathname + location.search) return;
  const next = new URL(href, location.origin);
  if (replace) history.replaceState(history.state, "", href);
  else history.pushState({ opened: opens(next.pathname, next.searchParams) }, "", href);
  route.set(read());
}

/** Closes what is open. When the entry before is the very list, going back keeps history short. */
export function close(part: string): void {
  const opened = (history.state as { opened?: boolean } | null)?.opened === true;
  if (opened) history.back();
  else go(hrefWith({ [part]: null }), true);
}

function followsLink(event: MouseEvent): HTMLAnchorElement | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const target = event.target instanceof Element ? event.target.closest("a") : null;
  if (target === null || target.target !== "" || target.origin !== location.origin) return null;
  return target.hasAttribute("download") ? null : target;
}

export function startRouting(): void {
  addEventListener("popstate", () => route.set(read()));
  document.addEventListener("click", (event) => {
    const link = followsLink(event);
    if (link === null || link.pathname.startsWith("/api/")) return;
    event.preventDefault();
    go(link.pathname + link.search, link.dataset["replace"] === "yes");
  });
}
